// Promise: what was acknowledged is not lost (INV1 of the max-register; INV7).
//
// Judged at the end of the run, key by key: every owner that calls itself in sync holds the
// greatest acknowledged record or a greater one, and somebody owns the key. If no owner is in sync,
// all owners are judged; in a run that has not converged it is then enough that somebody holds it.
// A deletion, and a record that has expired, may be forgotten altogether once it is older than the
// tombstone age; before that its tombstone has to be there.
// Excused and counted: what LastHolderGone names, if the spec says that the mode allows it. Writes
// of the key that began later, or have greater versions, are not.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckAckedWrites(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
