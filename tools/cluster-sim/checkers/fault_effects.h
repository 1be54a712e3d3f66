// What a fault may legally do to clients and members: the one table of excuses.
#pragma once

#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

// Who may be believed dead because of a fault.
enum class DeathScope : std::uint8_t {
  kNobody,
  kStruck,     // the processes that it struck
  kEverybody,  // also by those whom it struck, and by whoever believes them
};

struct FaultEffect {
  std::string kind;  // as in FaultRecord
  // Reads may miss an acknowledged write, and an acknowledged write may lose to an earlier one.
  bool stale_reads = false;
  DeathScope deaths = DeathScope::kNobody;
  double deaths_from = 0;  // the least strength that excuses deaths
  // The death of another process may be noticed late.
  bool delays_detection = false;
};

// One row a kind of fault that exists. A kind without a row excuses nothing.
//   Stale reads: cuts and pauses, since a process that hears nothing cannot know that it is behind.
//   Deaths: a process that does not answer in time is dead to all; on both sides of a cut the other
//   side is. Datagrams that are blocked kill nobody, because the echo over a stream answers, and
//   blocked streams kill nobody, because datagrams do. Loss and delay excuse from where the
//   membership no longer promises to tell them from a death.
const std::vector<FaultEffect>& KnownFaultEffects();

// The row of a kind, or one that excuses nothing.
const FaultEffect& EffectOf(const std::vector<FaultEffect>& effects, const FaultRecord& fault);

}  // namespace vf::sim
