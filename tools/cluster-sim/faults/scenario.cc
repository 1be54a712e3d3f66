#include "tools/cluster-sim/faults/scenario.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include "tools/cluster-sim/faults/disk_scenarios.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/long_absences.h"
#include "tools/cluster-sim/faults/moving_scenarios.h"
#include "tools/cluster-sim/faults/scenario_builder.h"

namespace vf::sim {
namespace {

RunSpec Swarm(std::uint64_t seed, const SwarmLimits& limits) { return DrawSwarm(seed, limits); }

RunSpec Calm(std::uint64_t seed, const SwarmLimits& limits) {
  return ScenarioBuilder("calm", seed, limits).Done();
}

RunSpec OneCrash(std::uint64_t seed, const SwarmLimits& limits) {
  return ScenarioBuilder("one-crash", seed, limits).Once(FaultKind::kProcessCrash, 250, {0}).Done();
}

RunSpec HostLoss(std::uint64_t seed, const SwarmLimits& limits) {
  return ScenarioBuilder("host-loss", seed, limits).Once(FaultKind::kHostCrash, 250, {0}).Done();
}

RunSpec RackLoss(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("rack-loss", seed, limits, 6);
  constexpr int kZones = 3;
  builder.spec().network.zones = kZones;
  std::vector<int> rack;
  for (int host = kZones - 1; host < builder.nodes(); host += kZones) rack.push_back(host);
  return builder.Once(FaultKind::kHostCrash, 250, std::move(rack)).Done();
}

RunSpec RollingRestart(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("rolling-restart", seed, limits);
  // Whole milliseconds, so that reports are easy to read.
  const Duration step = std::max<Duration>(
      milliseconds(ToMilliseconds(builder.Part(850)) / builder.nodes()), milliseconds(2));
  const Duration down = std::min<Duration>(milliseconds(ToMilliseconds(step) / 4 + 1), seconds(2));
  for (int host = 0; host < builder.nodes(); ++host) {
    builder.spec().faults.push_back(
        {builder.Part(100) + step * host, down, FaultKind::kRestart, {host}, 0});
  }
  return builder.Done();
}

RunSpec ControllerLoss(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("controller-loss", seed, limits);
  return builder.Once(FaultKind::kProcessCrash, 200, {builder.FirstController()})
      .Once(FaultKind::kJoin, 400, {})
      .Done();
}

RunSpec FrontendCrash(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("frontend-crash", seed, limits);
  builder.spec().frontends = 2;
  return builder.Once(FaultKind::kFrontendCrash, 400, {builder.FirstFrontend()}).Done();
}

RunSpec Pause(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("pause", seed, limits);
  for (int i = 0; i < 4; ++i) {
    builder.For(FaultKind::kPause, 200 + 150 * i, milliseconds(600), {0});
  }
  return builder.Done();
}

RunSpec LongPause(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("long-pause", seed, limits);
  return builder.For(FaultKind::kPause, 250, builder.Part(400), {0}).Done();
}

RunSpec SlowNode(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("slow-node", seed, limits);
  return builder.For(FaultKind::kSlow, 200, builder.Part(600), {0}, 1).Done();
}

RunSpec Loss(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("loss", seed, limits);
  return builder.For(FaultKind::kLoss, 100, builder.Part(800), {}, 0.03).Done();
}

RunSpec BurstLoss(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("burst-loss", seed, limits);
  return builder.For(FaultKind::kBurstLoss, 100, builder.Part(800), {}, 0.1).Done();
}

RunSpec Noise(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("noise", seed, limits);
  return builder.For(FaultKind::kLoss, 100, builder.Part(800), {}, 0.03)
      .For(FaultKind::kDuplicate, 100, builder.Part(800), {}, 0.2)
      .For(FaultKind::kReorder, 100, builder.Part(800), {}, 0.2)
      .For(FaultKind::kLatency, 400, builder.Part(400), {}, 4)
      .Done();
}

RunSpec Zones(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("zones", seed, limits, 6);
  builder.spec().network.zones = 3;
  builder.spec().network.between_zones = {milliseconds(5), milliseconds(20)};
  return builder.Done();
}

RunSpec SkewedClocks(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("skewed-clocks", seed, limits);
  constexpr std::array<double, 5> kOffsets = {30, -30, 0.5, -0.5, 300};
  constexpr std::array<double, 3> kDrifts = {100, -100, 1000};
  for (int host = 0; host < HostCount(builder.spec()); ++host) {
    const auto i = static_cast<std::size_t>(host);
    builder.For(FaultKind::kClockOffset, 100, builder.Part(800), {host},
                kOffsets[i % kOffsets.size()]);
    builder.For(FaultKind::kClockDrift, 100, builder.Part(800), {host},
                kDrifts[i % kDrifts.size()]);
  }
  return builder.Done();
}

RunSpec ClockJump(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("clock-jump", seed, limits);
  return builder.Once(FaultKind::kClockJump, 250, {0}, 3600)
      .Once(FaultKind::kClockJump, 400, {builder.FirstFrontend()}, -3600)
      .Once(FaultKind::kClockJump, 550, {0}, -3600)
      .Done();
}

RunSpec Churn(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("churn", seed, limits);
  builder.Once(FaultKind::kJoin, 150, {})
      .Once(FaultKind::kJoin, 200, {})
      .Once(FaultKind::kLeave, 400, {0})
      .Once(FaultKind::kJoin, 500, {});
  const Duration down = std::min<Duration>(builder.Part(50), seconds(3));
  return builder.For(FaultKind::kRestart, 650, down, {1}).Once(FaultKind::kJoin, 800, {}).Done();
}

RunSpec PlannedLeaves(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("planned-leaves", seed, limits);
  return builder.Once(FaultKind::kJoin, 100, {})
      .Once(FaultKind::kJoin, 110, {})
      .Once(FaultKind::kPlannedLeave, 300, {0})
      .Once(FaultKind::kPlannedLeave, 301, {1})
      .Once(FaultKind::kPlannedLeave, 600, {2})
      .Once(FaultKind::kProcessCrash, 601, {2})
      .Once(FaultKind::kJoin, 602, {})
      .Done();
}

RunSpec JoinMany(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("join-many", seed, limits);
  for (int i = 0; i < builder.nodes(); ++i) builder.Once(FaultKind::kJoin, 300, {});
  return builder.Done();
}

RunSpec CutHalves(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("cut-halves", seed, limits);
  return builder.For(FaultKind::kCut, 250, builder.Part(400), FirstHosts(builder.nodes() / 2))
      .Done();
}

RunSpec CutMembers(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("cut-members", seed, limits);
  builder.spec().workload.clients = 0;
  return builder.For(FaultKind::kCut, 250, builder.Part(400), FirstHosts(builder.nodes() / 2))
      .Done();
}

RunSpec OneWay(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("one-way", seed, limits);
  return builder.For(FaultKind::kCutOneWay, 250, builder.Part(400), {0}).Done();
}

RunSpec UdpBlocked(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("udp-blocked", seed, limits);
  return builder.For(FaultKind::kUdpBlocked, 250, builder.Part(400), {0}).Done();
}

RunSpec TcpBlocked(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("tcp-blocked", seed, limits);
  return builder.For(FaultKind::kTcpBlocked, 250, builder.Part(400), {0}).Done();
}

RunSpec Resets(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("resets", seed, limits);
  for (int i = 0; i < 10; ++i) builder.Once(FaultKind::kReset, 200 + 60 * i, {0});
  return builder.Done();
}

RunSpec Stalls(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("stalls", seed, limits);
  for (int i = 0; i < 10; ++i) {
    builder.For(FaultKind::kStall, 200 + 60 * i, milliseconds(120), {0});
  }
  return builder.Done();
}

RunSpec Absences(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("absences", seed, limits);
  if (!limits.duration) builder.spec().duration = hours(5);
  DrawAbsences(limits, Rng(seed).Fork("absences"), builder.spec());
  return builder.Done();
}

constexpr std::array<Scenario, 36> kScenarios = {{
    {"swarm", "everything drawn from the seed: cluster, workload, faults (the default)", 1, Swarm},
    {"calm", "nothing goes wrong", 1, Calm},
    {"one-crash", "a node's process is killed; its partitions move a minute later", 3, OneCrash},
    {"host-loss", "a node's machine loses power: nobody answers there any more", 3, HostLoss},
    {"rack-loss", "three zones, and all nodes of one lose power at once", 3, RackLoss},
    {"rolling-restart", "every node in turn is killed and started again, without its data", 3,
     RollingRestart},
    {"controller-loss", "the only controller is killed; then a node joins", 2, ControllerLoss},
    {"pause", "a node is stopped for 600 ms, four times", 3, Pause},
    {"slow-node", "every turn of one node takes a millisecond", 2, SlowNode},
    {"loss", "3 % of all datagrams are lost", 2, Loss},
    {"burst-loss", "10 % of all datagrams are lost, in bursts", 2, BurstLoss},
    {"noise", "datagrams are lost, doubled and reordered, later all delays grow fourfold", 2,
     Noise},
    {"zones", "three zones, 5 ms apart", 3, Zones},
    {"skewed-clocks", "wall clocks are off by up to five minutes, and drift apart", 1,
     SkewedClocks},
    {"clock-jump", "wall clocks jump an hour ahead and back", 1, ClockJump},
    {"churn", "nodes join, leave and restart", 4, Churn},
    {"planned-leaves",
     "two nodes hand over what they hold and leave; a third one is killed while it does so", 4,
     PlannedLeaves},
    {"join-many", "as many nodes as there are join at once", 1, JoinMany},
    {"cut-members", "half of the nodes are cut off and heal; no clients, members only", 2,
     CutMembers},
    {"stalls", "the streams of a node make no progress for 120 ms, ten times", 3, Stalls},
    {"cut-halves", "half of the nodes are cut off", 2, CutHalves},
    {"one-way", "packets from one node reach nobody", 3, OneWay},
    {"long-pause", "a node is stopped until it is dead to the others", 3, LongPause},
    {"udp-blocked", "one node's datagrams are lost, its streams work; some repair is missing", 3,
     UdpBlocked},
    {"tcp-blocked", "one node's streams stall, its datagrams pass", 3, TcpBlocked},
    {"resets", "all connections of a node are reset, ten times", 3, Resets},
    {"frontend-crash", "a frontend dies under its clients", 2, FrontendCrash},
    {"absences",
     "drawn from the seed: 5 h in which nodes are cut off or stopped for 0.3 to 3 h, and "
     "tombstones may go after 1 h",
     kLeastNodesForAbsences, Absences},
    {"grow-and-shrink",
     "as many nodes as there are join, then the first ones leave; some are killed in the middle of "
     "it",
     kLeastNodesThatMove, GrowAndShrink},
    {"safe-restarts", "every node is restarted when /safe-to-stop says that it may be",
     kLeastNodesThatMove, SafeRestartsOfAll},
    {"permanent-loss", "K - 1 machines lose power at once and never come back", kLeastNodesThatMove,
     PermanentLoss},
    {"long-cuts", "cuts of minutes to hours, with clients on both sides", kLeastNodesThatMove,
     LongCuts},
    {"clocks-of-a-day", "wall clocks are a day ahead and a day behind", kLeastNodesThatMove,
     ClocksOfADay},
    {"all-at-once",
     "joins, restarts, a leave, a crash, a cut, a stop, loss and wrong clocks at once",
     kLeastNodesThatMove, AllAtOnce},
    {"disk-restarts", "nodes with disks are killed and are back seconds to minutes later",
     kLeastNodesWithDisks, DiskRestarts},
    {"whole-cluster-restarts",
     "all nodes, with disks, are killed at once and come back in any order; later all but one",
     kLeastNodesWithDisks, WholeClusterRestarts},
}};

}  // namespace

std::span<const Scenario> AllScenarios() { return kScenarios; }

const Scenario* ScenarioNamed(std::string_view name) {
  const auto it = std::find_if(kScenarios.begin(), kScenarios.end(),
                               [&](const Scenario& scenario) { return scenario.name == name; });
  return it == kScenarios.end() ? nullptr : &*it;
}

}  // namespace vf::sim
