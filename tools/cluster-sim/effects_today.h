// What faults may do to this release because parts of the design are not built yet. Whoever builds
// one of them takes its excuse away here.
#pragma once

#include <vector>

#include "tools/cluster-sim/checkers/fault_effects.h"

namespace vf::sim {

// KnownFaultEffects(), and on top of these:
//   Stale reads under faults that raise suspicions: a write goes past an owner that is suspected,
//   and nobody tells that owner (the notice "behind"), so for a moment it answers from its copy.
//   Deaths while datagrams are blocked, or lost in bursts (eight in a row are a second of silence
//   in a small cluster): no echo over a stream answers yet.
std::vector<FaultEffect> EffectsToday();

}  // namespace vf::sim
