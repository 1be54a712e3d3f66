// From when on a read of a key may find nothing.
#pragma once

#include <vector>

#include "tools/cluster-sim/checkers/evidence.h"
#include "tools/cluster-sim/checkers/newest_acked.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {

// The deletions of one key, acknowledged or of unknown outcome, and its writes with an expiry. A
// deletion of unknown outcome may have any version up to the clocks' at its end.
class Absences {
 public:
  Absences(const Evidence& evidence, const KeyEvents& events);

  // Whether at `at` one of them may be above `write`.
  bool MayHide(const AckedWrite& write, SimTime at) const;

 private:
  // From `from` on the newest record may be a tombstone as great as this.
  struct Absence {
    SimTime from;
    SeenView greatest;
  };

  std::vector<Absence> absences_;  // in the order of `from`, each with the greatest so far
};

}  // namespace vf::sim
