// Promise: what a process shows as a conflict is one: an acknowledged write that lost to another
// one which did not know it, not to one that followed it.
//
// Judged of each conflict: what was kept is no older than what lost; and where both writes were
// acknowledged to clients that waited for them, the one kept did not begin after the other's client
// had its answer (such a one follows it), nor the one that lost after the other's (it should have
// won).
// Excused: the last, inside of faults in which an acknowledged write may lose to an earlier one,
// and their grace. It is lost then, and rightly shown; true_reads counts it.
// That every such pair is shown is not promised, and not judged.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckTrueConflicts(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
