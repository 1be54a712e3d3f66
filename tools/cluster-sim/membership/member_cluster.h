// Thousands of members in virtual time: the protocol of every process is the real SwimCore, every
// datagram is encoded and decoded.
//
// Only where the member tables are kept is a choice. MemberCluster: what the processes agree on is
// there once (shared_members.h), which makes 100,000 of them possible. FullMemberCluster: each has
// a table of its own, the product's, so memory grows with the square of their number. Equal options
// and calls give equal runs in both, event by event.
//
// All begin warm: ready members who know each other. A timer is an event only when something is
// due. Of a host whose process is gone, datagrams are answered with "nothing listens there", as
// often as Linux does that (network/icmp_limits.h), and connections with a reset. Echoes over TCP
// take the time of a handshake, a question and an answer; their packets are not counted as traffic.
// Member exchanges over TCP fail at once, so that they go by datagrams.
//
// Thread: none of its own. Equal options and calls, equal runs.
// Invariants: 1. Every process wakes at the very moment that it asked for.
//             2. Hosts are numbered from 0, joiners behind the others; a host has one process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "base/lookup_map.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/counters.h"
#include "gossip/swim_core.h"
#include "gossip/types.h"
#include "tools/cluster-sim/engine/event_queue.h"
#include "tools/cluster-sim/engine/scarce_cpu.h"
#include "tools/cluster-sim/engine/trace_hash.h"
#include "tools/cluster-sim/membership/observed_table.h"
#include "tools/cluster-sim/membership/shared_members.h"
#include "tools/cluster-sim/membership/warm_tables.h"
#include "tools/cluster-sim/network/icmp_limits.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/network/socket_buffer.h"

namespace vf::sim {

struct MemberClusterOptions {
  std::size_t nodes = 1;
  SwimConfig config = SwimConfig::Lan();
  NetworkSpec network;
  bool streams = true;  // false: nobody has echoes over TCP
  // By host; empty: one for all. Members begin with those of their own island, and may be given one
  // contact each. All islands are of one cluster.
  std::vector<int> islands;
  std::uint64_t seed = 1;
};

template <MemberStorage Storage>
class BasicMemberCluster {
 public:
  using Table = ObservedTable<Storage>;

  explicit BasicMemberCluster(const MemberClusterOptions& options);
  ~BasicMemberCluster();
  BasicMemberCluster(const BasicMemberCluster&) = delete;
  BasicMemberCluster& operator=(const BasicMemberCluster&) = delete;

  // All that happens up to `until`, and at it.
  void RunUntil(TimePoint until);
  TimePoint now() const { return queue_.now(); }

  // The process is gone without a word. REQUIRES: it runs.
  void Crash(HostNumber host, bool host_up);
  // It does nothing until it is continued; what arrives waits as far as its socket buffer goes.
  // REQUIRES: it runs; is stopped.
  void Stop(HostNumber host);
  // The same from when it next wants to send or has received something, which waits then, too: one
  // thread does all. Until then its timers run.
  void Block(HostNumber host);
  // What waits comes first, all of it, then the timer that is late: the order of the UDP shell.
  void Continue(HostNumber host);
  // Its CPU is scarce: each message that it takes in and each turn of its timers costs so much of
  // it from now on. Stop() and Continue() take the CPU away and give it back then, in the middle of
  // whatever it does; work is done in the order of the UDP shell. For the rest of its life.
  // REQUIRES: it runs, is not stopped, and its CPU is not scarce.
  void Starve(HostNumber host, Duration cost);
  // A new process on a new host, which knows one contact.
  HostNumber Join(HostNumber contact);
  // A new process, with a new id, on a host whose process is gone. REQUIRES: it is gone.
  void Restart(HostNumber host, HostNumber contact);

  // It tells of a new phase. REQUIRES: it runs; the phase is not kReady.
  void SetPhase(HostNumber host, Phase phase);
  // REQUIRES: it runs; there are islands.
  void SetContact(HostNumber host, HostNumber contact);

  Network& network() { return network_; }
  std::size_t hosts() const { return processes_.size(); }
  bool IsUp(HostNumber host) const { return processes_[host].core != nullptr; }
  // REQUIRES: it is up.
  const SwimCounters& counters(HostNumber host) const { return processes_[host].core->counters(); }
  MemberKey key(HostNumber host) const { return processes_[host].core->self_key(); }
  bool joined(HostNumber host) const { return processes_[host].core->joined(); }
  const Table& table(HostNumber host) const { return processes_[host].core->table(); }
  std::uint64_t trace_hash() const { return trace_.value(); }
  std::uint64_t events() const { return events_; }

  // `observer` began to believe this of `subject`.
  std::function<void(HostNumber observer, HostNumber subject, const BeliefChange& change)>
      on_belief;
  // `observer` began to avoid `subject`, which it calls degraded, or is done with that. Before what
  // it began to believe in the same turn.
  std::function<void(HostNumber observer, HostNumber subject, bool degraded)> on_degraded;
  // `observer` tells those who read its view that it has changed; may be empty.
  std::function<void(HostNumber observer)> on_view;
  // Each datagram, as it is sent; may be empty.
  std::function<void(HostNumber from, HostNumber to, ByteSpan bytes)> on_send;

 private:
  using Core = SwimCore<Table>;
  enum Kind : std::uint32_t { kTimer, kDatagram, kRefusal, kEcho, kWork };
  // As the UDP shell asks for.
  static constexpr std::size_t kSocketBuffer = std::size_t{4} << 20;

  // Datagrams that the UDP shell reads at most before a timer gets its turn: 64 calls for 32 each.
  static constexpr std::size_t kReadsBeforeTimer = 64 * 32;

  struct Arrival {
    Kind kind;
    std::uint64_t payload;  // of the event
    TimePoint at;
  };
  struct Stopped {
    bool timers_run = false;
    SocketBuffer buffer{kSocketBuffer};
    std::vector<Arrival> waiting;
    std::vector<OutgoingDatagram> held;  // to be sent
    std::vector<EchoWish> held_echoes;
  };
  struct Starved {
    explicit Starved(Duration cost) : cpu(cost) {}
    ScarceCpu cpu;
    SocketBuffer buffer{kSocketBuffer};
    std::deque<Arrival> waiting;
    std::size_t reads = 0;  // since a timer had its turn
  };
  struct Process {
    std::unique_ptr<Core> core;        // null: gone
    std::unique_ptr<Stopped> stopped;  // null: it runs
    std::unique_ptr<Starved> starved;  // null: it has all the CPU that it wants
    TimePoint deadline = kNever;       // what it last said; here, since it is looked at more often
    TimePoint timer_at = kNever;       // its next event in the queue
    std::uint64_t flaps_revision = 0;  // of the next
    std::set<MemberKey> degraded;      // in its view, as far as told
    bool host_up = true;
  };
  struct Flight {
    HostNumber from = 0;
    MemberKey key = kNoMember;  // of the sender
    std::vector<std::byte> bytes;
  };
  // What is under way: to the target, back, to the target, back.
  enum class EchoLeg : std::uint8_t { kConnect, kAccepted, kQuestion, kAnswer };
  struct EchoFlight {
    EchoLeg leg = EchoLeg::kConnect;
    HostNumber from = 0;  // the asker
    HostNumber to = 0;
    EchoWish wish;
    EchoResult result;
  };

  static Endpoint EndpointOf(HostNumber host);
  static HostNumber HostAt(const Endpoint& endpoint);
  WallTime Wall() const;
  MemberRecord NewIdentity(HostNumber host);
  // A process that knows one contact.
  void Begin(HostNumber host, HostNumber contact);
  void OnTimer(HostNumber host);
  void SendDatagram(HostNumber from, OutgoingDatagram& datagram);
  void OnArrival(HostNumber host, Kind kind, std::uint64_t payload);
  // Of a process whose CPU is scarce: it has something to do; a piece of it may be done.
  void BeginWork(HostNumber host);
  void OnWork(HostNumber host);
  // `received`: by its host.
  void Take(HostNumber host, Kind kind, std::uint64_t payload, TimePoint received);
  void Deliver(HostNumber host, std::uint64_t flight, TimePoint received);
  void DeliverRefusal(HostNumber host, HostNumber from);
  void BeginEcho(HostNumber from, const EchoWish& wish);
  // Its next leg leaves now; if it does not arrive, nobody hears of it any more.
  void SendEcho(std::uint32_t number, EchoLeg leg);
  // Where it was going.
  void DeliverEcho(std::uint32_t number);
  void EndEcho(std::uint32_t number) { free_echoes_.push_back(number); }
  // After each turn of a process: what it wants to send, what it believes now, when it wakes.
  void Finish(HostNumber host);
  void TellDegraded(HostNumber host);
  void SetTimer(HostNumber host);
  // Fetch what the next events will need into the cache: with ten thousand members nothing of one
  // is there any more when its turn comes.
  void PrepareNext();
  void PrepareRest();
  void PrepareProcess(const Event& event) const;
  // Bytes `from` to `to` of it.
  void PrepareCore(const Event& event, std::size_t from, std::size_t to) const;
  void Launch(TimePoint at, HostNumber from, HostNumber to, std::vector<std::byte> bytes);

  std::shared_ptr<const SwimConfig> config_;  // of all
  std::vector<WarmTables<Storage>> tables_;   // one for each island
  Rng identities_;
  Rng processes_rng_;
  std::uint64_t lives_ = 0;  // that began again
  EventQueue queue_;
  Network network_;
  std::vector<Process> processes_;
  LookupMap<MemberKey, HostNumber> host_of_key_;
  BeliefJournal journal_;
  SwimOutputs outputs_;
  // The last events that the queue has shown, and how many of these are still to come. Each next
  // step of preparing one is kStep events nearer to it.
  static constexpr std::size_t kShown = 16;
  static constexpr std::size_t kAhead = 8;
  static constexpr std::size_t kStep = 3;
  static constexpr std::size_t kCacheLine = 64;
  // Counters are the last in a core but for two lines, and most of them are for rare occasions.
  static constexpr std::size_t kWarmBytes = sizeof(Core) - sizeof(SwimCounters);
  std::array<Event, kShown> shown_{};
  std::size_t shows_ = 0;
  std::size_t rests_ = 0;  // shows_ when PrepareRest() last did something
  std::size_t ahead_ = 0;
  std::vector<Flight> flights_;
  std::vector<std::uint32_t> free_flights_;
  std::vector<EchoFlight> echoes_;
  std::vector<std::uint32_t> free_echoes_;
  IcmpLimits icmp_limits_;
  TraceHash trace_;
  std::uint64_t events_ = 0;
};

extern template class BasicMemberCluster<SharedMembers>;
extern template class BasicMemberCluster<OwnMembers>;
using MemberCluster = BasicMemberCluster<SharedMembers>;
using FullMemberCluster = BasicMemberCluster<OwnMembers>;

}  // namespace vf::sim
