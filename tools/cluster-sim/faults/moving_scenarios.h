// Scenarios in which data moves while something goes wrong: nodes come and go under load.
#pragma once

#include <cstdint>

#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// REQUIRES of all: what the limits name is within its range, and at least so many nodes.
inline constexpr int kLeastNodesThatMove = 3;

// As many nodes as there are join, one after the other, then those that were first leave as
// planned. In the middle of moves, at moments drawn from the seed, an old node, two of the new ones
// and the last one that leaves are killed; all but the last start again, without data.
RunSpec GrowAndShrink(std::uint64_t seed, const SwarmLimits& limits);
// Every node is restarted as soon as /safe-to-stop says that it may be.
RunSpec SafeRestartsOfAll(std::uint64_t seed, const SwarmLimits& limits);
// K - 1 machines lose power at once, for good.
RunSpec PermanentLoss(std::uint64_t seed, const SwarmLimits& limits);
// Cuts of minutes to hours, with clients on both sides; tombstones last longer.
RunSpec LongCuts(std::uint64_t seed, const SwarmLimits& limits);
// Wall clocks that are a day ahead or behind.
RunSpec ClocksOfADay(std::uint64_t seed, const SwarmLimits& limits);
// Joins, restarts, a leave, a crash, cuts, stops, loss and wrong clocks at once.
RunSpec AllAtOnce(std::uint64_t seed, const SwarmLimits& limits);

}  // namespace vf::sim
