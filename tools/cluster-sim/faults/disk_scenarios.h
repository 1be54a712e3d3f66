// Scenarios whose nodes keep what they hold on disks (vfnode --data-dir).
#pragma once

#include <cstdint>

#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

inline constexpr int kLeastNodesWithDisks = 3;

// Nodes are killed and are back after 0.2 s to two minutes, each by itself: several may be away.
RunSpec DiskRestarts(std::uint64_t seed, const SwarmLimits& limits);

// All nodes are killed within a second and are back in any order within three minutes; then again,
// and one of them never comes back.
RunSpec WholeClusterRestarts(std::uint64_t seed, const SwarmLimits& limits);

}  // namespace vf::sim
