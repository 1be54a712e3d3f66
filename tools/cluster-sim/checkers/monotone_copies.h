// Promise: a process's copy of a key never goes down in the order while it lives (INV4).
//
// Judged always, of the samples of each process and key: each is as great as the one before it. A
// process that found an earlier one's data whole goes on where that one was.
// Excused: a copy that was dropped in between (Drop) starts anew. By the tombstone rule only a
// tombstone, or what has expired, may be dropped. A copy that holds nothing may have let go of a
// tombstone that no sample shows: of a deletion, or an expiry, that is a tombstone age old.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckMonotoneCopies(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
