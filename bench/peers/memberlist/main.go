// Measures HashiCorp's memberlist (the Debian package of run.sh) in one process, on its own
// MockNetwork: how long a crashed host takes to be called dead, and a new member to be seen.
//
// Each trial builds a cluster of its own. All but one member start at random moments, ten a second,
// so that their probe intervals have random phases (memberlist's tickers count from the
// start of the member), and join the first one. After -settle, when exchanges of the full state
// have begun too, the last one joins the first one. After a further -pause a random member's host
// crashes: packets to and from it vanish without an error and connections to it time out, since a
// failed write would take memberlist's short cut to its relays.
//
// Prints one JSON object a trial and measurement. "all" is over the living others; "p99" is the
// moment at which at least 99 % of them know.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand"
	"net"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"
)

// host is the transport of one member: the MockNetwork's, on a host that can crash.
//
// MockTransport hands a packet over synchronously, and two members that answer each other's ping at
// the same moment would wait for each other for ever; so each packet gets a goroutine, as on a
// network that nobody waits for.
type host struct {
	*memberlist.MockTransport
	cluster *cluster
	name    string
	crashed int32
}

func (h *host) isCrashed() bool { return atomic.LoadInt32(&h.crashed) != 0 }

func (h *host) WriteTo(b []byte, addr string) (time.Time, error) {
	return time.Time{}, errors.New("this network knows members by name")
}

func (h *host) WriteToAddress(b []byte, to memberlist.Address) (time.Time, error) {
	now := time.Now()
	peer := h.cluster.host(to.Name)
	if peer == nil {
		return now, fmt.Errorf("no host for %v", to)
	}
	if h.isCrashed() || peer.isCrashed() {
		return now, nil
	}
	copied := append([]byte(nil), b...)
	go func() {
		if _, err := h.MockTransport.WriteToAddress(copied, to); err != nil {
			fmt.Fprintln(os.Stderr, "lost a packet:", err)
		}
	}()
	return now, nil
}

func (h *host) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return nil, errors.New("this network knows members by name")
}

func (h *host) DialAddressTimeout(to memberlist.Address, timeout time.Duration) (net.Conn, error) {
	peer := h.cluster.host(to.Name)
	if peer == nil {
		return nil, fmt.Errorf("no host for %v", to)
	}
	if h.isCrashed() || peer.isCrashed() {
		time.Sleep(timeout)
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("i/o timeout")}
	}
	return h.MockTransport.DialAddressTimeout(to, timeout)
}

// observer notes when its member learned something about others.
type observer struct {
	cluster *cluster
	name    string
}

func (o *observer) NotifyJoin(n *memberlist.Node)   { o.cluster.note(o.name, n.Name, true) }
func (o *observer) NotifyLeave(n *memberlist.Node)  { o.cluster.note(o.name, n.Name, false) }
func (o *observer) NotifyUpdate(n *memberlist.Node) {}

type cluster struct {
	mu          sync.Mutex
	network     memberlist.MockNetwork
	hosts       map[string]*host
	members     map[string]*memberlist.Memberlist
	subject     string // whom the measurement is about
	joining     bool
	since       time.Time
	seen        map[string]time.Duration // observer -> when
	falseDeaths int
}

func (c *cluster) host(name string) *host {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.hosts[name]
}

func (c *cluster) note(observer, subject string, joined bool) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	if subject == c.subject && joined == c.joining && observer != subject {
		if h := c.hosts[observer]; !h.isCrashed() {
			if _, ok := c.seen[observer]; !ok {
				c.seen[observer] = now.Sub(c.since)
			}
		}
	} else if !joined {
		if h := c.hosts[subject]; h != nil && !h.isCrashed() && !c.hosts[observer].isCrashed() {
			c.falseDeaths++
		}
	}
}

func newCluster(nodes int) *cluster {
	c := &cluster{hosts: make(map[string]*host), members: make(map[string]*memberlist.Memberlist)}
	// All hosts now: a MockNetwork that is in use must not get further ones.
	for i := 0; i < nodes; i++ {
		c.hosts[name(i)] = &host{MockTransport: c.network.NewTransport(name(i)), cluster: c, name: name(i)}
	}
	return c
}

func name(i int) string { return fmt.Sprintf("node-%04d", i) }

func (c *cluster) start(name string) *memberlist.Memberlist {
	config := memberlist.DefaultLANConfig()
	config.Name = name
	config.Transport = c.host(name)
	config.Events = &observer{c, name}
	config.LogOutput = io.Discard
	member, err := memberlist.Create(config)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cannot create a member:", err)
		os.Exit(1)
	}
	c.mu.Lock()
	c.members[name] = member
	c.mu.Unlock()
	return member
}

// join tries again where the machine was too busy; the measurement then shows how late timers were.
func (c *cluster) join(member *memberlist.Memberlist, contact string) {
	for tries := 5; ; tries-- {
		// The mock network's address says nothing; it looks for the name.
		_, err := member.Join([]string{contact + "/127.0.0.1:1"})
		if err == nil {
			return
		}
		fmt.Fprintln(os.Stderr, "cannot join:", err)
		if tries == 1 {
			os.Exit(1)
		}
	}
}

func (c *cluster) watch(subject string, joining bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subject, c.joining, c.since = subject, joining, time.Now()
	c.seen = make(map[string]time.Duration)
}

// await returns the sorted times once `want` observers know, or what there is after `limit`.
func (c *cluster) await(want int, limit time.Duration) []float64 {
	for end := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		c.mu.Lock()
		if len(c.seen) >= want || time.Now().After(end) {
			var times []float64
			for _, t := range c.seen {
				times = append(times, t.Seconds())
			}
			c.mu.Unlock()
			sort.Float64s(times)
			return times
		}
		c.mu.Unlock()
	}
}

type measurement struct {
	Nodes       int      `json:"nodes"` // with the one that joins, or crashes
	Fault       string   `json:"fault"`
	Trial       int      `json:"trial"`
	First       *float64 `json:"first_s"`
	P99         *float64 `json:"p99_s"`
	All         *float64 `json:"all_s"`
	Observers   int      `json:"observers"`
	FalseDeaths int      `json:"false_deaths"`
	WorstLag    float64  `json:"worst_timer_lag_s"` // in this process, during the measurement
}

var output sync.Mutex

// lags notes how late timers are: a machine that is too busy, or stood still, would be measured
// instead of memberlist.
type lags struct {
	mu   sync.Mutex
	seen []lag // only what is worth noting
}

type lag struct {
	at time.Time
	by time.Duration
}

var timerLags lags

func (l *lags) watch() {
	const nap = 10 * time.Millisecond
	for {
		before := time.Now()
		time.Sleep(nap)
		now := time.Now()
		if late := now.Sub(before) - nap; late > nap {
			l.mu.Lock()
			l.seen = append(l.seen, lag{now, late})
			l.mu.Unlock()
		}
	}
}

func (l *lags) worstSince(since time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	var worst time.Duration
	for _, one := range l.seen {
		if one.at.After(since) && one.by > worst {
			worst = one.by
		}
	}
	return worst
}

func (c *cluster) report(fault string, trial int, times []float64) {
	c.mu.Lock()
	nodes, falseDeaths, since := len(c.hosts), c.falseDeaths, c.since
	c.mu.Unlock()
	observers := nodes - 1
	m := measurement{Nodes: nodes, Fault: fault, Trial: trial, Observers: observers,
		FalseDeaths: falseDeaths,
		WorstLag:    timerLags.worstSince(since).Seconds()}
	at := func(n int) *float64 {
		if n < 1 || n > len(times) {
			return nil
		}
		return &times[n-1]
	}
	m.First = at(1)
	m.P99 = at(int(math.Ceil(0.99 * float64(observers))))
	m.All = at(observers)
	output.Lock()
	defer output.Unlock()
	if err := json.NewEncoder(os.Stdout).Encode(&m); err != nil {
		fmt.Fprintln(os.Stderr, "cannot print:", err)
		os.Exit(1)
	}
}

func trial(nodes, number int, settle, pause time.Duration) {
	c := newCluster(nodes)
	c.start(name(0))
	var starting sync.WaitGroup
	for i := 1; i < nodes-1; i++ {
		starting.Add(1)
		go func(i int) {
			defer starting.Done()
			time.Sleep(time.Duration(rand.Int63n(int64(nodes) * int64(100*time.Millisecond))))
			c.join(c.start(name(i)), name(0))
		}(i)
	}
	starting.Wait()
	time.Sleep(settle + time.Duration(rand.Int63n(int64(time.Second))))

	last := name(nodes - 1)
	member := c.start(last)
	c.watch(last, true)
	c.join(member, name(0))
	c.report("join", number, c.await(nodes-1, time.Minute))

	time.Sleep(pause + time.Duration(rand.Int63n(int64(time.Second))))
	victim := c.host(name(rand.Intn(nodes)))
	c.watch(victim.name, false)
	atomic.StoreInt32(&victim.crashed, 1)
	c.report("host-crash", number, c.await(nodes-1, 3*time.Minute))

	c.mu.Lock()
	members := c.members
	c.mu.Unlock()
	for n, m := range members {
		atomic.StoreInt32(&c.host(n).crashed, 1)
		if err := m.Shutdown(); err != nil {
			fmt.Fprintln(os.Stderr, "cannot stop a member:", err)
		}
	}
}

func main() {
	nodes := flag.Int("nodes", 10, "members, with the one that joins last")
	trials := flag.Int("trials", 10, "clusters, one after another in each of -at-once")
	atOnce := flag.Int("at-once", 10, "clusters at the same time")
	settle := flag.Duration("settle", 65*time.Second, "from the start to the join")
	pause := flag.Duration("pause", 15*time.Second, "from the join to the crash")
	flag.Parse()
	if *nodes < 3 || *trials < 1 || *atOnce < 1 {
		fmt.Fprintln(os.Stderr, "at least 3 nodes, 1 trial and 1 cluster at once")
		os.Exit(2)
	}
	rand.Seed(time.Now().UnixNano())

	go timerLags.watch()

	var next int32
	var running sync.WaitGroup
	for i := 0; i < *atOnce; i++ {
		running.Add(1)
		go func() {
			defer running.Done()
			for {
				n := int(atomic.AddInt32(&next, 1))
				if n > *trials {
					return
				}
				trial(*nodes, n, *settle, *pause)
			}
		}()
	}
	running.Wait()
}
