#include "tools/cluster-sim/faults/disk_scenarios.h"

#include <algorithm>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/faults/scenario_builder.h"

namespace vf::sim {
namespace {

Duration Between(Rng& rng, Duration least, Duration most) {
  return milliseconds(ToMilliseconds(rng.Between(least, most)));
}

// Slow enough for keys to stay what they are while their owners are away.
constexpr double kOperationsPerS = 20;

RunSpec& WithDisks(ScenarioBuilder& builder, const SwarmLimits& limits) {
  RunSpec& spec = builder.spec();
  spec.disks = true;
  if (!limits.duration) spec.duration = minutes(8);
  spec.converge_within = minutes(4);
  spec.workload.operations_per_s = kOperationsPerS;
  return spec;
}

}  // namespace

RunSpec DiskRestarts(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("disk-restarts", seed, limits);
  RunSpec& spec = WithDisks(builder, limits);
  Rng rng = Rng(seed).Fork("disk-restarts");
  for (int host = 0; host < spec.nodes; ++host) {
    Duration at = Between(rng, builder.Part(20), builder.Part(200));
    while (at < builder.Part(800)) {
      const Duration longest = rng.Chance(1, 3) ? minutes(2) : seconds(5);
      const Duration lasts =
          std::min<Duration>(Between(rng, milliseconds(200), longest), builder.Part(1000) - at);
      spec.faults.push_back({at, lasts, FaultKind::kRestart, {host}, 0});
      at += lasts + Between(rng, builder.Part(100), builder.Part(500));
    }
  }
  return builder.Done();
}

RunSpec WholeClusterRestarts(std::uint64_t seed, const SwarmLimits& limits) {
  ScenarioBuilder builder("whole-cluster-restarts", seed, limits);
  RunSpec& spec = WithDisks(builder, limits);
  Rng rng = Rng(seed).Fork("whole-cluster-restarts");
  const int lost = static_cast<int>(rng.Uniform(static_cast<std::uint64_t>(spec.nodes)));
  for (const int part : {100, 550}) {
    for (int host = 0; host < spec.nodes; ++host) {
      const Duration at =
          builder.Part(part) +
          Between(rng, Duration(0), std::min<Duration>(seconds(1), builder.Part(50)));
      const Duration lasts =
          Between(rng, milliseconds(200), std::min<Duration>(minutes(3), builder.Part(400)));
      const bool for_good = part == 550 && host == lost;
      spec.faults.push_back({at,
                             for_good ? Duration(0) : lasts,
                             for_good ? FaultKind::kProcessCrash : FaultKind::kRestart,
                             {host},
                             0});
    }
  }
  return builder.Done();
}

}  // namespace vf::sim
