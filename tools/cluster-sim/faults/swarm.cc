#include "tools/cluster-sim/faults/swarm.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/cluster_limits.h"
#include "base/rng.h"
#include "tools/cluster-sim/faults/fault_kind.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/scenario.h"

namespace vf::sim {
namespace {

// A killed node counts as away until others hold what it held: its ownership ends after 60 s, and
// copying takes a while. A restarted one copies at once.
constexpr Duration kWholeAfterDeath = seconds(75);
constexpr Duration kWholeAfterRestart = seconds(20);
// Who is away for so long may be passed over by writes.
constexpr Duration kNoticed = milliseconds(200);
constexpr Duration kConnectedAgain = seconds(3);
// Before that nothing strikes for a moment only: there is something to lose by then.
constexpr Duration kStart = seconds(1);
// Clusters of more nodes start warm: a cold start of many is a scenario of its own.
constexpr int kMostColdNodes = 30;

// How a kind is drawn. Strengths are drawn in thousandths, so that they read well.
enum class Way : std::uint8_t {
  kKill,     // at a moment, a host that is harmed for good or until it is back
  kMoments,  // now and then, one host, for a short while
  kPhase,    // for a good part of the run, some hosts or all
  kClock,    // some hosts' wall clocks
  kOnce,     // at a moment, nobody in particular
  kNever,    // what an operator does
};

// A slow packet takes several times the p99, and a write needs two of them within its 250 ms.
constexpr Duration kInTime = milliseconds(25);
constexpr double kLeastMessages = 6;

struct Range {
  double strength_least = 0;
  double strength_most = 0;
  Duration lasts_least{};
  Duration lasts_most{};
};

struct Plan {
  FaultKind kind;
  Way way;
  Range data;     // in runs with clients; besides, never beyond what FaultTraits covers
  Range members;  // in runs without
  bool needs_streams = false;
};

constexpr std::array<Plan, kFaultKinds> kPlans = {{
    {FaultKind::kProcessCrash, Way::kKill, {}, {}},
    {FaultKind::kFrontendCrash, Way::kKill, {}, {}},
    {FaultKind::kHostCrash, Way::kKill, {}, {}},
    {FaultKind::kRestart,
     Way::kKill,
     {0, 0, milliseconds(50), seconds(10)},
     {0, 0, milliseconds(50), seconds(20)}},
    {FaultKind::kPause,
     Way::kMoments,
     {0, 0, milliseconds(100), seconds(30)},
     {0, 0, milliseconds(500), seconds(10)}},
    {FaultKind::kSlow, Way::kPhase, {0.1, 20, {}, {}}, {0.1, 20, {}, {}}},
    {FaultKind::kJoin, Way::kOnce, {}, {}},
    {FaultKind::kLeave, Way::kKill, {}, {}},
    {FaultKind::kPlannedLeave, Way::kKill, {}, {}},
    {FaultKind::kLoss, Way::kPhase, {0.02, 0.3, {}, {}}, {0.03, 0.4, {}, {}}},
    {FaultKind::kBurstLoss, Way::kPhase, {0.1, 0.3, {}, {}}, {0.1, 0.3, {}, {}}},
    {FaultKind::kDuplicate, Way::kPhase, {0.05, 0.5, {}, {}}, {0.05, 0.5, {}, {}}},
    {FaultKind::kReorder, Way::kPhase, {0.05, 0.5, {}, {}}, {0.05, 0.5, {}, {}}},
    {FaultKind::kLatency, Way::kPhase, {2, 50, {}, {}}, {2, 50, {}, {}}},
    {FaultKind::kStall,
     Way::kMoments,
     {0, 0, milliseconds(110), seconds(10)},
     {},
     /*needs_streams=*/true},
    {FaultKind::kReset, Way::kMoments, {}, {}, /*needs_streams=*/true},
    {FaultKind::kCut,
     Way::kMoments,
     {0, 0, milliseconds(500), seconds(15)},
     {0, 0, milliseconds(500), seconds(15)}},
    {FaultKind::kCutOneWay,
     Way::kMoments,
     {0, 0, milliseconds(500), seconds(15)},
     {0, 0, milliseconds(500), seconds(15)}},
    {FaultKind::kUdpBlocked,
     Way::kMoments,
     {0, 0, milliseconds(500), seconds(10)},
     {0, 0, milliseconds(500), seconds(10)}},
    {FaultKind::kTcpBlocked,
     Way::kMoments,
     {0, 0, milliseconds(500), seconds(10)},
     {},
     /*needs_streams=*/true},
    {FaultKind::kClockOffset, Way::kClock, {0.02, 3600, {}, {}}, {0.02, 3600, {}, {}}},
    {FaultKind::kClockDrift, Way::kClock, {10, 100'000, {}, {}}, {10, 100'000, {}, {}}},
    {FaultKind::kClockJump, Way::kClock, {0.02, 3600, {}, {}}, {0.02, 3600, {}, {}}},
    {FaultKind::kSafeRestarts, Way::kNever, {}, {}},
}};

// Multiples of 0.001 in [least, most].
double Thousandths(Rng& rng, double least, double most) {
  const auto low = static_cast<std::int64_t>(least * 1000 + 0.5);
  const auto high = static_cast<std::int64_t>(most * 1000 + 0.5);
  const auto span = static_cast<std::uint64_t>(high - low) + 1;
  return static_cast<double>(low + static_cast<std::int64_t>(rng.Uniform(span))) / 1000;
}

// Whole milliseconds in [least, most].
Duration Milliseconds(Rng& rng, Duration least, Duration most) {
  return milliseconds(ToMilliseconds(rng.Between(least, most)));
}

// An index, drawn with the weight that stands there.
std::size_t Weighted(Rng& rng, std::initializer_list<std::uint64_t> weights) {
  std::uint64_t sum = 0;
  for (const std::uint64_t weight : weights) sum += weight;
  std::uint64_t draw = rng.Uniform(sum);
  std::size_t index = 0;
  for (const std::uint64_t weight : weights) {
    if (draw < weight) break;
    draw -= weight;
    ++index;
  }
  return index;
}

// Of those that strike one host, or some for long.
bool IsOfPackets(FaultKind kind) { return kind != FaultKind::kPause && kind != FaultKind::kSlow; }

struct Interval {
  Duration from;
  Duration to;
  bool Meets(const Interval& other) const { return from < other.to && other.from < to; }
};

class Swarm {
 public:
  Swarm(std::uint64_t seed, const SwarmLimits& limits)
      : rng_(Rng(seed).Fork("swarm")), limits_(limits) {
    spec_.seed = seed;
  }

  RunSpec Draw() {
    DrawCluster(rng_.Fork("cluster"));
    DrawNetwork(rng_.Fork("network"));
    DrawWorkload(rng_.Fork("workload"));
    DrawTombstoneAge(rng_.Fork("tombstones"));
    Rng rng = rng_.Fork("mode");
    members_only_ = rng.Chance(1, 5);
    reckless_ = rng.Chance(1, 10);
    if (members_only_) {
      spec_.workload.clients = 0;
    } else {
      spec_.network.loss = 0;  // See MissingRepair().
    }
    DrawFaults();
    return std::move(spec_);
  }

 private:
  void DrawCluster(Rng rng) {
    constexpr std::array<int, 12> kNodes = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16};
    const int nodes = kNodes[Weighted(rng, {4, 6, 22, 16, 22, 10, 10, 2, 2, 2, 2, 2})];
    spec_.nodes = limits_.nodes.value_or(nodes);
    const int replicas = 1 + static_cast<int>(Weighted(rng, {6, 20, 56, 10, 8}));
    spec_.replicas = limits_.replicas.value_or(replicas);
    spec_.controllers = static_cast<int>(Weighted(rng, {3, 5, 2}));
    spec_.frontends = static_cast<int>(Weighted(rng, {4, 8, 5, 3}));
    spec_.partition_digits = 1 + static_cast<int>(Weighted(rng, {3, 1}));
    const bool own_acks = rng.Chance(1, 4);
    const std::uint64_t acks = rng.Next();
    const auto most_acks = static_cast<std::uint64_t>(std::min(spec_.replicas, spec_.nodes));
    if (own_acks) spec_.min_acks = 1 + static_cast<int>(acks % most_acks);
    const bool warm = rng.Chance(1, 4);
    if (warm || spec_.nodes > kMostColdNodes) spec_.start = StartKind::kWarm;
    const auto length = seconds(20 + static_cast<std::int64_t>(rng.Uniform(41)));
    spec_.duration = limits_.duration.value_or(length);
  }

  void DrawNetwork(Rng rng) {
    NetworkSpec& network = spec_.network;
    if (rng.Chance(1, 3)) {
      network.latency.median = microseconds(50 + 50 * static_cast<std::int64_t>(rng.Uniform(40)));
      network.latency.p99 =
          network.latency.median * (2 + static_cast<std::int64_t>(rng.Uniform(7)));
    }
    if (rng.Chance(1, 3)) {
      network.zones = 2 + static_cast<int>(rng.Uniform(2));
      network.between_zones.median = milliseconds(1 + static_cast<std::int64_t>(rng.Uniform(5)));
      network.between_zones.p99 =
          network.between_zones.median * (2 + static_cast<std::int64_t>(rng.Uniform(4)));
    }
    // What stays on in the second phase, too.
    if (rng.Chance(1, 4)) network.loss = Thousandths(rng, 0.001, 0.02);
    if (rng.Chance(1, 4)) network.duplicate = Thousandths(rng, 0.001, 0.02);
    if (rng.Chance(1, 4)) network.reorder = Thousandths(rng, 0.001, 0.05);
  }

  void DrawWorkload(Rng rng) {
    WorkloadSpec& work = spec_.workload;
    work.clients = 2 + static_cast<int>(rng.Uniform(11));
    work.operations_per_s =
        static_cast<double>((60 + rng.Uniform(241)) / static_cast<std::uint64_t>(work.clients));
    work.unique_writes = Thousandths(rng, 0.05, 0.4);
    work.overwrites = Thousandths(rng, 0.1, 0.4);
    work.deletes = Thousandths(rng, 0, 0.15);
    work.hot_keys = 1 + static_cast<int>(rng.Uniform(32));
    constexpr std::array<int, 4> kBytes = {48, 64, 512, 8192};
    work.max_value_bytes = kBytes[Weighted(rng, {2, 5, 2, 1})];
    work.expiring = rng.Chance(1, 4) ? 0 : Thousandths(rng, 0.02, 0.4);
    work.named_acks = rng.Chance(1, 4) ? 0 : Thousandths(rng, 0.02, 0.3);
    work.quorum_reads = rng.Chance(1, 4) ? 0 : Thousandths(rng, 0.02, 0.3);
  }

  // As a rule so long that nothing is forgotten, else about as long as pauses and cuts.
  void DrawTombstoneAge(Rng rng) {
    const auto age = seconds(5 + static_cast<std::int64_t>(rng.Uniform(20)));
    if (rng.Chance(1, 4)) spec_.tombstone_age = age;
  }

  void DrawFaults() {
    Rng rng = rng_.Fork("faults");
    ChooseVictims(rng.Fork("victims"));

    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < kPlans.size(); ++i) {
      VF_CHECK(kPlans[i].kind == static_cast<FaultKind>(i), "the plans are in the order of kinds");
      // A stream of its own for each kind: a new one shifts no other.
      Rng of_kind = rng.Fork("kind").Fork(TraitsOf(kPlans[i].kind).name);
      if (of_kind.Chance(1, 3) && MayDraw(kPlans[i])) chosen.push_back(i);
    }
    chosen = rng.Fork("sample").Sample(chosen, kMaxSwarmKinds);
    std::sort(chosen.begin(), chosen.end());
    // Those that kill first: the others strike who lives.
    for (const bool kills : {true, false}) {
      for (const std::size_t i : chosen) {
        if ((kPlans[i].way == Way::kKill) != kills) continue;
        DrawEvents(kPlans[i], rng.Fork("events").Fork(TraitsOf(kPlans[i].kind).name));
      }
    }
    std::stable_sort(spec_.faults.begin(), spec_.faults.end(),
                     [](const FaultEvent& a, const FaultEvent& b) { return a.at < b.at; });
  }

  // One process that serves clients is spared, and in runs with clients about half of the others.
  void ChooseVictims(Rng rng) {
    std::vector<int> serve;
    for (int host = 0; host < HostCount(spec_); ++host) {
      if (host < spec_.nodes || host >= spec_.nodes + spec_.controllers) serve.push_back(host);
    }
    const int spared = serve[rng.Uniform(serve.size())];
    for (int host = 0; host < HostCount(spec_); ++host) {
      const bool drawn = rng.Chance(1, 2);
      if (host != spared && (drawn || members_only_)) victims_.push_back(host);
    }
    busy_.resize(static_cast<std::size_t>(HostCount(spec_)));
  }

  bool MayDraw(const Plan& plan) const {
    const FaultTraits& traits = TraitsOf(plan.kind);
    if (plan.way == Way::kNever || !traits.members_repaired) return false;
    if (!members_only_ && !traits.data_repaired) return false;
    if (members_only_ && plan.needs_streams) return false;
    if (plan.kind == FaultKind::kLatency && MostLatency() < plan.data.strength_least) return false;
    // A short stall strikes only where streams are busy.
    if (plan.kind == FaultKind::kStall && MessagesInStall() < kLeastMessages) return false;
    // Clients that are left to a frontend's death are what it is about.
    if (members_only_ && plan.kind == FaultKind::kFrontendCrash) return false;
    const bool strikes_hosts = plan.way == Way::kPhase || plan.way == Way::kMoments;
    return !strikes_hosts || HostCount(spec_) > 1;
  }

  // What is done to the packets of one process alone strikes nothing when nobody else is left.
  bool SomebodyElseLasts(const std::vector<int>& hosts) const {
    const std::vector<int> lasting = Lasting(AllHosts());
    return std::any_of(lasting.begin(), lasting.end(), [&](int host) {
      return std::find(hosts.begin(), hosts.end(), host) == hosts.end();
    });
  }

  // In runs with clients: the factor up to which a write reaches all owners in time.
  double MostLatency() const {
    const NetworkSpec& network = spec_.network;
    const Duration slowest = network.zones > 1
                                 ? std::max(network.latency.p99, network.between_zones.p99)
                                 : network.latency.p99;
    return members_only_ ? TraitsOf(FaultKind::kLatency).most
                         : static_cast<double>(kInTime / slowest);
  }

  // About so many operations send something to one node during the shortest stall.
  double MessagesInStall() const {
    const double seconds_long = 0.1;
    const WorkloadSpec& work = spec_.workload;
    const double share = std::min(1.0, static_cast<double>(spec_.replicas) / spec_.nodes);
    const double writes = work.unique_writes + work.overwrites + work.deletes;
    return work.clients * work.operations_per_s * writes * share * seconds_long;
  }

  // Whether one more storage node may be away during `away`: enough stay for writes, and every
  // acknowledged write keeps a holder.
  bool MayGo(const Interval& away) const {
    const auto others =
        static_cast<int>(std::count_if(away_.begin(), away_.end(), [&](const Interval& interval) {
          return interval.Meets(away);
        }));
    if (members_only_) return others + 1 < spec_.nodes;
    if (others + 1 + AcksNeeded(spec_) > spec_.nodes) return false;
    return reckless_ || others + 1 < AcksNeeded(spec_);
  }

  bool IsFree(int host, const Interval& interval) const {
    const auto& busy = busy_[static_cast<std::size_t>(host)];
    return std::none_of(busy.begin(), busy.end(),
                        [&](const Interval& other) { return other.Meets(interval); });
  }

  // The moment when something begins that takes `lasts`.
  Duration Moment(Rng& rng, Duration lasts) const {
    const Duration last =
        std::max(Duration(0), spec_.duration - std::max<Duration>(lasts, seconds(1)));
    const Duration first = std::min({kStart, spec_.duration / 4, last});
    return Milliseconds(rng, first, last - last % milliseconds(1));
  }

  double Strength(Rng& rng, const Plan& plan, const Range& range) const {
    const FaultTraits& traits = TraitsOf(plan.kind);
    if (traits.strength.empty()) return 0;
    double most = std::min(range.strength_most, traits.most);
    if (!members_only_) most = std::min(most, traits.data_most);
    if (plan.kind == FaultKind::kLatency) most = std::min(most, MostLatency());
    if (plan.way == Way::kClock) {
      // All magnitudes alike, since small errors of clocks are the usual ones.
      std::vector<double> bounds;
      for (double bound = range.strength_least; bound < most; bound *= 10) bounds.push_back(bound);
      const double low = bounds[rng.Uniform(bounds.size())];
      const double value = Thousandths(rng, low, std::min(most, low * 10));
      return rng.Chance(1, 2) ? value : -value;
    }
    return Thousandths(rng, std::min(range.strength_least, most), most);
  }

  Duration Lasts(Rng& rng, const Range& range) const {
    const Duration most = std::min(range.lasts_most, spec_.duration / 3);
    return Milliseconds(rng, std::min(range.lasts_least, most), most);
  }

  void DrawEvents(const Plan& plan, Rng rng) {
    const Range& range = members_only_ ? plan.members : plan.data;
    const int times = 1 + static_cast<int>(rng.Uniform(3));
    switch (plan.way) {
      case Way::kKill:
        for (int i = 0; i < times; ++i) Kill(plan, range, rng);
        break;
      case Way::kMoments:
        for (int i = 0; i < times; ++i) StrikeOne(plan, range, rng);
        break;
      case Way::kPhase:
        StrikeForLong(plan, range, rng);
        break;
      case Way::kClock:
        SetClocks(plan, range, rng);
        break;
      case Way::kOnce:
        for (int i = 0; i < std::min(times, 2); ++i) {
          FaultEvent event;
          event.kind = plan.kind;
          event.at = Moment(rng, spec_.duration / 4);
          spec_.faults.push_back(event);
        }
        break;
      case Way::kNever:
        break;
    }
  }

  void Kill(const Plan& plan, const Range& range, Rng& rng) {
    if (victims_.empty()) return;
    FaultEvent event;
    event.kind = plan.kind;
    const int host = victims_[rng.Uniform(victims_.size())];
    event.hosts = {host};
    const bool restarts = plan.kind == FaultKind::kRestart;
    if (restarts) event.lasts = Lasts(rng, range);
    event.at = Moment(rng, event.lasts);
    const Interval busy = {event.at,
                           restarts ? event.at + event.lasts + seconds(1) : kLongestAbsence};
    if (!IsFree(host, busy)) return;
    if (IsNode(spec_, host)) {
      const Duration whole =
          restarts ? event.at + event.lasts + kWholeAfterRestart : event.at + kWholeAfterDeath;
      if (!MayGo({event.at, whole})) return;
      away_.push_back({event.at, whole});
    }
    busy_[static_cast<std::size_t>(host)].push_back(busy);
    spec_.faults.push_back(std::move(event));
  }

  void StrikeOne(const Plan& plan, const Range& range, Rng& rng) {
    std::vector<int> candidates = victims_;
    // Streams run between nodes, and from frontends that clients use, which are no victims.
    if (plan.needs_streams) {
      std::erase_if(candidates, [&](int host) { return !IsNode(spec_, host); });
    }
    if (candidates.empty()) return;
    FaultEvent event;
    event.kind = plan.kind;
    const int host = candidates[rng.Uniform(candidates.size())];
    event.hosts = {host};
    if (IsOfPackets(plan.kind) && !SomebodyElseLasts(event.hosts)) return;
    if (TraitsOf(plan.kind).lasts) event.lasts = Lasts(rng, range);
    event.at = Moment(rng, event.lasts);
    // A reset strikes nothing before there are connections again.
    const bool breaks = plan.kind == FaultKind::kReset || event.lasts >= kNoticed;
    const Duration after = breaks ? kConnectedAgain : milliseconds(1);
    const Interval busy = {event.at, event.at + event.lasts + after};
    if (!IsFree(host, busy)) return;
    if (!KeepsTheOnlyCopy(host, event)) return;
    busy_[static_cast<std::size_t>(host)].push_back(busy);
    spec_.faults.push_back(std::move(event));
  }

  // With K = 1 a write that goes past its owner is on one fallback alone: when that one is away too
  // before the owner is back, the next takes writes where the owner does not look for them. They
  // are given to the owner in the end, but it may answer before that.
  bool KeepsTheOnlyCopy(int host, const FaultEvent& event) {
    const bool alone = spec_.replicas == 1 && !members_only_ && IsNode(spec_, host);
    if (!alone || event.lasts < kNoticed) return true;
    const Interval away = {event.at, event.at + event.lasts + kWholeAfterRestart};
    const bool others = std::any_of(away_.begin(), away_.end(),
                                    [&](const Interval& other) { return other.Meets(away); });
    if (!others) away_.push_back(away);
    return !others;
  }

  // Hosts of `from` that are there throughout.
  std::vector<int> Lasting(const std::vector<int>& from) const {
    std::vector<int> hosts;
    for (const int host : from) {
      if (IsFree(host, {kLongestAbsence - Duration(1), kLongestAbsence})) hosts.push_back(host);
    }
    return hosts;
  }

  std::vector<int> AllHosts() const {
    std::vector<int> hosts;
    for (int host = 0; host < HostCount(spec_); ++host) hosts.push_back(host);
    return hosts;
  }

  void StrikeForLong(const Plan& plan, const Range& range, Rng& rng) {
    FaultEvent event;
    event.kind = plan.kind;
    event.strength = Strength(rng, plan, range);
    event.lasts = Milliseconds(rng, spec_.duration / 3, spec_.duration * 3 / 4);
    event.at = Milliseconds(rng, Duration(0), spec_.duration - event.lasts);
    const bool harms = TraitsOf(plan.kind).harms_clients;
    const bool everybody = !harms && rng.Chance(1, 2);
    if (!everybody) {
      std::vector<int> candidates = Lasting(harms ? victims_ : AllHosts());
      // A process that ends takes along what was done to it.
      const Interval whole = {event.at, event.at + event.lasts};
      if (harms) std::erase_if(candidates, [&](int host) { return !IsFree(host, whole); });
      if (candidates.empty()) return;
      event.hosts = rng.Sample(candidates, 1 + rng.Uniform(1 + candidates.size() / 2));
      std::sort(event.hosts.begin(), event.hosts.end());
      if (harms) {
        for (const int host : event.hosts) busy_[static_cast<std::size_t>(host)].push_back(whole);
      }
    }
    if (IsOfPackets(plan.kind) && Lasting(AllHosts()).size() < 2) return;
    // Packets between all who live are those of none in particular.
    if (!SomebodyElseLasts(event.hosts)) event.hosts.clear();
    spec_.faults.push_back(std::move(event));
  }

  void SetClocks(const Plan& plan, const Range& range, Rng& rng) {
    const std::vector<int> hosts = Lasting(AllHosts());
    const std::size_t count = 1 + rng.Uniform(std::min<std::size_t>(3, hosts.size()));
    for (const int host : rng.Sample(hosts, count)) {
      FaultEvent event;
      event.kind = plan.kind;
      event.hosts = {host};
      event.strength = Strength(rng, plan, range);
      if (TraitsOf(plan.kind).lasts) {
        event.lasts = Milliseconds(rng, spec_.duration / 4, spec_.duration);
      }
      const Duration room = std::max<Duration>(event.lasts, seconds(1));
      event.at = Milliseconds(rng, Duration(0), spec_.duration - room);
      spec_.faults.push_back(std::move(event));
    }
  }

  static constexpr Duration kLongestAbsence = hours(24 * 366);

  Rng rng_;
  const SwarmLimits limits_;
  RunSpec spec_;
  bool members_only_ = false;
  bool reckless_ = false;
  std::vector<int> victims_;                 // whom faults that harm clients may strike
  std::vector<std::vector<Interval>> busy_;  // by host: it is struck by something else
  std::vector<Interval> away_;               // of storage nodes
};

}  // namespace

RunSpec DrawSwarm(std::uint64_t seed, const SwarmLimits& limits) {
  RunSpec spec = Swarm(seed, limits).Draw();
  const absl::Status status = ValidateRunSpec(spec);
  VF_CHECK(status.ok(), "what the swarm draws is valid");
  return spec;
}

}  // namespace vf::sim
