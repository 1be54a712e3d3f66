#include "tools/cluster-sim/faults/long_absences.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "tools/cluster-sim/faults/hosts.h"

namespace vf::sim {
namespace {

constexpr int kAgesInRun = 5;
constexpr double kOperations = 12'000;
constexpr double kLeastRate = 0.01;  // of a client
constexpr int kMostAbsences = 4;

class Absences {
 public:
  Absences(const SwarmLimits& limits, Rng rng, RunSpec& spec)
      : rng_(std::move(rng)), limits_(limits), spec_(spec) {}

  void Draw() {
    DrawCluster(rng_.Fork("cluster"));
    DrawAbsences(rng_.Fork("absences"));
    DrawNews(rng_.Fork("news"));
    DrawClocks(rng_.Fork("clocks"));
    std::stable_sort(spec_.faults.begin(), spec_.faults.end(),
                     [](const FaultEvent& a, const FaultEvent& b) { return a.at < b.at; });
  }

 private:
  void DrawCluster(Rng rng) {
    const int nodes = kLeastNodesForAbsences + static_cast<int>(rng.Uniform(4));
    spec_.nodes = limits_.nodes.value_or(nodes);
    const int replicas = 2 + static_cast<int>(rng.Uniform(2));
    spec_.replicas = limits_.replicas.value_or(replicas);
    spec_.frontends = 1 + static_cast<int>(rng.Uniform(2));
    const auto whole = std::chrono::duration_cast<seconds>(spec_.duration / kAgesInRun);
    spec_.tombstone_age = std::clamp<Duration>(whole, seconds(1), hours(24));

    WorkloadSpec& work = spec_.workload;
    work.clients = 4;
    work.operations_per_s =
        std::max(kLeastRate, kOperations / ToSeconds(spec_.duration) / work.clients);
    work.unique_writes = 0.1;
    work.overwrites = 0.25;
    work.deletes = 0.2;
    work.hot_keys = 50 << rng.Uniform(4);
    work.in_cuts = rng.Chance(2, 3);
  }

  Duration Moment(Rng& rng, Duration from, Duration to) const {
    return milliseconds(ToMilliseconds(rng.Between(from, std::max(from, to))));
  }

  // Hosts of the cluster but the first frontend, `nodes` of them storing.
  std::vector<int> Group(Rng& rng, int nodes) const {
    std::vector<int> all;
    for (int host = 0; host < spec_.nodes; ++host) all.push_back(host);
    std::vector<int> group = rng.Sample(all, static_cast<std::size_t>(nodes));
    for (int i = 1; i < spec_.frontends; ++i) {
      if (rng.Chance(1, 2)) group.push_back(spec_.nodes + spec_.controllers + i);
    }
    std::sort(group.begin(), group.end());
    return group;
  }

  int NodesAwayDuring(Duration from, Duration to) const {
    int away = 0;
    for (const FaultEvent& fault : spec_.faults) {
      if (fault.at >= to || fault.at + fault.lasts <= from) continue;
      away += static_cast<int>(std::count_if(fault.hosts.begin(), fault.hosts.end(),
                                             [&](int host) { return IsNode(spec_, host); }));
    }
    return away;
  }

  bool IsAway(int host, Duration from, Duration to) const {
    return std::any_of(spec_.faults.begin(), spec_.faults.end(), [&](const FaultEvent& fault) {
      const bool meets = fault.at < to && from < fault.at + fault.lasts;
      return meets && std::count(fault.hosts.begin(), fault.hosts.end(), host) > 0;
    });
  }

  // One after the other or overlapping; so few at a time that those who stay can acknowledge.
  void DrawAbsences(Rng rng) {
    const Duration age = spec_.tombstone_age;
    const int most_away = std::max(1, std::min(spec_.nodes - 2, (spec_.nodes - 1) / 2 + 1));
    Duration at = Moment(rng, spec_.duration / 50, spec_.duration / 10);
    for (int i = 0; i < kMostAbsences; ++i) {
      FaultEvent absence;
      absence.at = at;
      const Duration left = spec_.duration - at;
      if (left < age / 3) break;
      absence.lasts = Moment(rng, age * 3 / 10, std::min<Duration>(left, age * 3));
      const bool stopped = rng.Chance(1, 3);
      absence.kind = stopped ? FaultKind::kPause : FaultKind::kCut;
      const int nodes =
          stopped ? 1 : 1 + static_cast<int>(rng.Uniform(static_cast<std::uint64_t>(most_away)));
      absence.hosts = Group(rng, nodes);
      if (stopped) absence.hosts.resize(1);
      const Duration end = absence.at + absence.lasts;
      const bool taken = std::any_of(absence.hosts.begin(), absence.hosts.end(),
                                     [&](int host) { return IsAway(host, absence.at, end); });
      const bool room = NodesAwayDuring(absence.at, end) + nodes <= most_away;
      const bool overlaps = rng.Chance(1, 3);
      at = overlaps ? Moment(rng, absence.at, end)
                    : end + Moment(rng, seconds(1), std::max<Duration>(seconds(1), age / 5));
      if (!taken && room) spec_.faults.push_back(std::move(absence));
      if (at >= spec_.duration) break;
    }
    VF_CHECK(!spec_.faults.empty(), "the first absence is met by nothing");
  }

  // What comes to know of deletions while others are away.
  void DrawNews(Rng rng) {
    const FaultEvent first = spec_.faults.front();
    const Duration end = first.at + first.lasts;
    if (rng.Chance(1, 3)) {
      FaultEvent join;
      join.kind = FaultKind::kJoin;
      join.at = Moment(rng, first.at, end - milliseconds(1));
      spec_.faults.push_back(std::move(join));
    }
    const bool restarts = rng.Chance(1, 3);
    const auto node = static_cast<int>(rng.Uniform(static_cast<std::uint64_t>(spec_.nodes)));
    FaultEvent restart;
    restart.kind = FaultKind::kRestart;
    restart.hosts = {node};
    restart.lasts =
        Moment(rng, milliseconds(100), std::min<Duration>(seconds(20), first.lasts / 4));
    restart.at = Moment(rng, first.at, end - restart.lasts);
    const Duration whole = restart.at + restart.lasts + seconds(20);
    const bool others_have_copies = spec_.replicas - 1 > NodesAwayDuring(restart.at, whole);
    const bool others_serve = spec_.nodes - 1 - NodesAwayDuring(restart.at, whole) >= 2;
    if (restarts && others_have_copies && others_serve && !IsAway(node, restart.at, whole)) {
      spec_.faults.push_back(std::move(restart));
    }
  }

  // In one run of three the clocks of one or two hosts are wrong throughout, by anything from
  // seconds to three tombstone ages. Who is stopped or cut off may be among them.
  void DrawClocks(Rng rng) {
    if (!rng.Chance(1, 3)) return;
    std::vector<int> all;
    for (int host = 0; host < HostCount(spec_); ++host) all.push_back(host);
    for (const int host : rng.Sample(all, 1 + rng.Uniform(2))) {
      FaultEvent wrong;
      wrong.kind = FaultKind::kClockOffset;
      wrong.hosts = {host};
      wrong.lasts = spec_.duration;
      const Duration most = std::min<Duration>(spec_.tombstone_age * 3, hours(24));
      const Duration by = Moment(rng, seconds(1), rng.Chance(1, 2) ? most : most / 60);
      wrong.strength = ToSeconds(rng.Chance(1, 2) ? by : -by);
      spec_.faults.push_back(std::move(wrong));
    }
  }

  const Rng rng_;
  const SwarmLimits limits_;
  RunSpec& spec_;
};

}  // namespace

void DrawAbsences(const SwarmLimits& limits, Rng rng, RunSpec& spec) {
  Absences(limits, std::move(rng), spec).Draw();
}

}  // namespace vf::sim
