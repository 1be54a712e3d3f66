// Promise: what a process shows as a conflict is one: an acknowledged write that lost to another
// one which met it, not to one that followed it or went before.
//
// Judged of each conflict whose two writes were both acknowledged to clients that waited for them:
// neither began after the other's client had its answer. That every such pair is shown is not
// promised, and not judged.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckTrueConflicts(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
