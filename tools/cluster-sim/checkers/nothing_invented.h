// Promise: nothing is stored or answered that nobody wrote (INV2 and, for refused writes, INV7).
//
// Judged always, of every sample, every final copy and every answer of a read, local ones included:
//   - a value is byte for byte that of a write of this key, acknowledged or of unknown outcome,
//   that
//     began before the value was seen; its expiry is the one that the write asked for;
//   - a record of an acknowledged write carries the version of the answer. A write is stamped again
//     at most once, before it is answered, so one lower version may be seen too, on a replica that
//     missed the second stamp (counted); never a greater one. A write of unknown outcome has at
//     most two versions;
//   - a tombstone carries the version of an acknowledged deletion or of a record that has expired.
//     Others must be explained by as many deletions of unknown outcome, or earlier stamps, as had
//     begun when they were seen.
// Nothing is excused.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckNothingInvented(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
