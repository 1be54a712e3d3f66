// Promise: in the end all live members have the same view, and it is true (INV8).
//
// Judged when the run has converged: each process that runs tells a view, that view names exactly
// the processes that run, and the hashes of the views are equal. And nobody who runs believes a
// process alive or suspect that has crashed or left.
// Nothing is excused; processes are resumed and cuts healed long before.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckMembershipViews(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
