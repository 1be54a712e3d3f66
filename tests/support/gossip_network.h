// Many Swims on a network in memory: virtual time, latency, loss, cuts. Everything travels as
// encoded datagrams, echoes over TCP (with SwimConfig::streams) as values; the same number gives
// the same run.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "gossip/swim.h"

namespace vf {

struct GossipProcessOptions {
  std::uint8_t roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  std::vector<std::size_t> contacts;  // indices of processes, started or not
  ClusterSettings given;
  SwimConfig config = SwimConfig::Lan();  // cluster_hash 0: that of all others
  MemberKey key = kNoMember;              // 0: drawn
  std::int64_t clock_offset_ms = 0;
  std::size_t at = kOwnPlace;  // another process's address; SetHolder() says who gets datagrams
  static constexpr std::size_t kOwnPlace = ~std::size_t{0};
  RememberedCluster remembered;
};

class GossipNetwork {
 public:
  static constexpr std::uint32_t kClusterHash = 0x1234abcd;  // of every process

  explicit GossipNetwork(std::uint64_t seed) : rng_(seed) {}

  // Starts process `index` at its own address; again after a crash: a new life there.
  void Start(std::size_t index, const GossipProcessOptions& options = {});
  // Processes 0 to count - 1, ready members of one cluster who know each other.
  void StartWarm(std::size_t count, const GossipProcessOptions& options = {});
  // It is gone without a word. With its host up, datagrams to it are refused.
  void Crash(std::size_t index, bool host_up = true);
  // It takes no turn until Resume(); what arrives waits.
  void Pause(std::size_t index) { processes_[index]->paused = true; }
  void Resume(std::size_t index);
  void Leave(std::size_t index, LeaveKind kind = LeaveKind::kStopped);
  // From now on its wall clock is so far off the others'.
  void SetClock(std::size_t index, std::int64_t offset_ms) {
    processes_[index]->clock_offset_ms = offset_ms;
  }

  void set_loss(double loss) { loss_permille_ = static_cast<std::uint64_t>(loss * 1000); }
  // Only processes of one side hear each other; empty: all.
  void Cut(const std::set<std::size_t>& side) {
    islands_.clear();
    for (const std::size_t i : side) islands_[i] = 1;
  }
  // The same with many sides; a process that is not named is on side 0.
  void SetIslands(std::map<std::size_t, int> islands) { islands_ = std::move(islands); }
  // Who gets what is sent to the address of `place`; at first the process that started there last.
  void SetHolder(std::size_t place, std::size_t index) { holders_[place] = index; }
  // A datagram from anywhere, delivered at once.
  void Inject(const Endpoint& from, std::size_t to, ByteSpan bytes);
  // No datagram gets to this process or away from it.
  void BlockUdp(std::size_t index, bool blocked = true);
  // No connection to this process comes about; silently, as firewalls do it.
  void BlockTcp(std::size_t index, bool blocked = true);
  // A proxy accepts all connections to this process, and hands none of them on.
  void ProxyTcp(std::size_t index) { tcp_proxied_.insert(index); }

  void Run(Duration duration);
  // Runs until `done` or the limit; whether it came to be done. Looks every millisecond.
  bool RunUntil(const std::function<bool()>& done, Duration limit);

  TimePoint now() const { return now_; }
  // By a clock without offset.
  WallTime wall() const;
  Swim& swim(std::size_t index) { return *processes_[index]->swim; }
  bool is_up(std::size_t index) const {
    return index < processes_.size() && processes_[index] && processes_[index]->swim;
  }
  MemberKey key(std::size_t index) { return processes_[index]->key; }
  static Endpoint EndpointOf(std::size_t index);
  // The process whose own place this is; as many as there are if none.
  std::size_t IndexOf(const Endpoint& endpoint) const;
  // What `observer` believes of the process that lives (or lived last) at `subject`.
  const Member* Find(const MembershipSnapshot& snapshot, std::size_t subject);
  bool Believes(std::size_t observer, std::size_t subject, MemberState state);

  std::vector<std::size_t> Up() const;
  // All that are up have joined one cluster, and each has all of them alive and nobody else live.
  bool Agree();
  // Different foundations among those that are up and founded.
  std::size_t Foundations();

  // Of a process, gathered from its outputs since its start.
  struct Seen {
    int suspected_self = 0;  // how often
    std::string refused;
    bool refusal_ends_process = false;
    std::string identity_lost;
    std::vector<Endpoint> rejoin_at;
    std::vector<std::string> log;
  };
  const Seen& seen(std::size_t index) { return processes_[index]->seen; }
  // How often any process began to believe a live one dead.
  int false_deaths() const { return false_deaths_; }
  std::uint64_t trace_hash() const { return trace_hash_; }
  // Echoes that were begun so far, by all.
  int echoes() const { return echoes_; }
  // Called for each datagram that is sent; true: it is lost.
  std::function<bool(std::size_t from, std::size_t to, ByteSpan bytes)> filter;

 private:
  struct Process {
    std::unique_ptr<Swim> swim;
    MemberKey key = kNoMember;
    bool host_up = true;
    bool paused = false;
    std::int64_t clock_offset_ms = 0;
    std::size_t place = 0;
    std::vector<std::pair<Endpoint, std::vector<std::byte>>> inbox;  // while paused
    std::set<MemberKey> held_dead;
    Seen seen;
  };
  // A refusal answers a datagram; an echo travels to its target, its result back.
  enum class Kind { kDatagram, kRefusal, kEcho, kEchoResult };
  struct Event {
    TimePoint at;
    std::uint64_t order;
    std::size_t from;
    std::size_t to;
    Kind kind;
    std::vector<std::byte> bytes;
    EchoWish echo;
    EchoResult result;
    bool operator>(const Event& other) const {
      return std::pair(at, order) > std::pair(other.at, other.order);
    }
  };
  Process& NewProcess(std::size_t index, const GossipProcessOptions& options);
  MemberRecord NewIdentity(std::size_t index, const GossipProcessOptions& options);
  WallTime WallOf(const Process& process) const;
  void Drain(std::size_t index);
  void Deliver(const Event& event);
  void DeliverEcho(const Event& event);
  void Schedule(Duration delay, Event event);
  Duration Delay();
  void SendEcho(std::size_t index, const EchoWish& wish);
  bool Separated(std::size_t a, std::size_t b) const;
  Endpoint PlaceOf(std::size_t index) const { return EndpointOf(processes_[index]->place); }
  void NoteDeaths(std::size_t index);

  Rng rng_;
  TimePoint now_{seconds(1000)};
  std::uint64_t order_ = 0;
  std::uint64_t loss_permille_ = 0;
  std::map<std::size_t, int> islands_;
  std::map<std::size_t, std::size_t> holders_;  // where it is not the process of that number
  std::set<std::size_t> udp_blocked_;
  std::set<std::size_t> tcp_blocked_;
  std::set<std::size_t> tcp_proxied_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  int false_deaths_ = 0;
  int echoes_ = 0;
  std::uint64_t trace_hash_ = 0;
};

}  // namespace vf
