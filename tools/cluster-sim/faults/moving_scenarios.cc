#include "tools/cluster-sim/faults/moving_scenarios.h"

#include <algorithm>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/faults/scenario_builder.h"

namespace vf::sim {
namespace {

constexpr double kDay = 24.0 * 3600;

// Packets that take so long make a move take some hundred milliseconds.
constexpr LatencySpec kFarApart{milliseconds(5), milliseconds(20)};

// How long a killed process stays away.
constexpr Duration kDown = milliseconds(500);

// A moment while what began at `part` is under way, so that the host is back before the end.
Duration Amid(const ScenarioBuilder& builder, Rng& rng, int part) {
  const Duration after =
      milliseconds(1 + ToMilliseconds(rng.Between(Duration(0), milliseconds(300))));
  return std::min<Duration>(builder.Part(part) + after, builder.Part(1000) - kDown);
}

}  // namespace

RunSpec GrowAndShrink(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("grow-and-shrink", seed, limits, 3);
  RunSpec& spec = builder.spec();
  Rng rng = Rng(seed).Fork("grow-and-shrink");
  spec.network.latency = kFarApart;
  spec.partition_digits = std::max(spec.partition_digits, 2);
  const int nodes = spec.nodes;
  const auto join_at = [&](int i) { return 50 + 400 * i / nodes; };
  const auto leave_at = [&](int i) { return 500 + 380 * i / nodes; };
  for (int i = 0; i < nodes; ++i) builder.Once(FaultKind::kJoin, join_at(i), {});
  for (int i = 0; i < nodes; ++i) builder.Once(FaultKind::kPlannedLeave, leave_at(i), {i});
  const int joined = HostCount(spec);
  const auto kill = [&](int host, int part) {
    spec.faults.push_back({Amid(builder, rng, part), kDown, FaultKind::kRestart, {host}, 0});
  };
  kill(1, join_at(1));
  kill(joined + nodes - 1, join_at(nodes - 1));
  kill(joined, leave_at(0));
  const int last = nodes - 1;
  spec.faults.push_back(
      {Amid(builder, rng, leave_at(last)), Duration(0), FaultKind::kProcessCrash, {last}, 0});
  return builder.Done();
}

RunSpec SafeRestartsOfAll(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("safe-restarts", seed, limits, 9);
  return builder.For(FaultKind::kSafeRestarts, 50, builder.Part(900), FirstHosts(builder.nodes()))
      .Done();
}

RunSpec PermanentLoss(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("permanent-loss", seed, limits);
  const int lost = std::min(builder.spec().replicas, builder.nodes()) - 1;
  if (lost > 0) builder.Once(FaultKind::kHostCrash, 250, FirstHosts(lost));
  return builder.Done();
}

RunSpec LongCuts(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("long-cuts", seed, limits);
  RunSpec& spec = builder.spec();
  if (!limits.duration) spec.duration = hours(4);
  spec.tombstone_age = hours(24);
  spec.workload.clients = 4;
  spec.workload.operations_per_s = std::max(0.01, 3000 / ToSeconds(spec.duration));
  spec.workload.hot_keys = 200;
  spec.workload.in_cuts = true;
  return builder.For(FaultKind::kCut, 20, builder.Part(12), {0})
      .For(FaultKind::kCut, 60, builder.Part(83), {0, 1})
      .For(FaultKind::kCut, 200, builder.Part(500), FirstHosts(builder.nodes() / 2))
      .For(FaultKind::kCutOneWay, 800, builder.Part(100), {builder.nodes() - 1})
      .Done();
}

RunSpec ClocksOfADay(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("clocks-of-a-day", seed, limits);
  for (int host = 0; host < HostCount(builder.spec()); ++host) {
    if (host % 3 == 2) continue;
    builder.For(FaultKind::kClockOffset, 100 + 10 * (host % 10), builder.Part(700), {host},
                host % 3 == 0 ? kDay : -kDay);
  }
  return builder.Done();
}

RunSpec AllAtOnce(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("all-at-once", seed, limits, 6);
  RunSpec& spec = builder.spec();
  Rng rng = Rng(seed).Fork("all-at-once");
  if (!limits.duration) spec.duration = seconds(120);
  spec.network.latency = kFarApart;
  spec.partition_digits = std::max(spec.partition_digits, 2);
  const int last = builder.nodes() - 1;
  builder.For(FaultKind::kLoss, 50, builder.Part(800), {}, 0.05)
      .For(FaultKind::kClockOffset, 50, builder.Part(800), {1}, 300)
      .For(FaultKind::kClockOffset, 60, builder.Part(800), {builder.FirstFrontend()}, -300)
      .Once(FaultKind::kJoin, 100, {})
      .Once(FaultKind::kJoin, 250, {})
      .For(FaultKind::kCut, 350, builder.Part(100), {1})
      .For(FaultKind::kPause, 500, builder.Part(60), {HostCount(spec)})
      .For(FaultKind::kStall, 590, builder.Part(10), {1})
      .Once(FaultKind::kPlannedLeave, 620, {0})
      .Once(FaultKind::kProcessCrash, 720, {last});
  const auto kill = [&](int host, int part) {
    spec.faults.push_back({Amid(builder, rng, part), kDown, FaultKind::kRestart, {host}, 0});
  };
  kill(1, 100);
  kill(HostCount(spec) + 1, 250);
  kill(1, 620);
  return builder.Done();
}

}  // namespace vf::sim
