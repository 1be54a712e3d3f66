// The shape of the scenario "absences": nodes that are cut off, or stopped, for 0.3 to 3 times the
// age at which tombstones may go, while clients on both sides write and delete.
#pragma once

#include "base/rng.h"
#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// At least so many nodes: one is away, and two stay.
inline constexpr int kLeastNodesForAbsences = 3;

// Draws cluster, workload and faults; seed, name and duration of `spec` stay. The tombstone age is
// a fifth of the duration, so that 5 h mean 1 h; shorter runs are the same thing scaled, but for
// the times that the protocols have (the grace of the dead, rounds of turns). The operations are
// about as many whatever the duration.
//
// Beside the absences, which may overlap, nodes join, and one that stays restarts without its data
// where others have copies. Writes can be acknowledged all the time on the side of those who stay.
// REQUIRES: limits.nodes, if given, is at least kLeastNodesForAbsences.
void DrawAbsences(const SwarmLimits& limits, Rng rng, RunSpec& spec);

}  // namespace vf::sim
