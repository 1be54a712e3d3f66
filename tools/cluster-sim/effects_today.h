// What faults may do to this release because parts of the design are not built yet. Whoever builds
// one of them takes its excuse away here.
#pragma once

#include <vector>

#include "tools/cluster-sim/checkers/fault_effects.h"

namespace vf::sim {

// KnownFaultEffects(), and on top of these:
//   Deaths while datagrams are blocked, or lost in bursts (eight in a row are a second of silence
//   in a small cluster): no echo over a stream answers yet.
std::vector<FaultEffect> EffectsToday();

}  // namespace vf::sim
