// Promise: a read tells the truth, and a write that comes later wins (INV6, W2).
//
// Judged always, of reads that are not local:
//   - a read that finds a record must not be older than the greatest record that was acknowledged,
//     to anybody, when the read began. So clients read their own writes;
//   - a read that finds nothing is legal only if no live record needs to have been the newest:
//   nothing
//     was acknowledged, or a deletion or an expiry that began before the read ended may be above
//     it. A deletion of unknown outcome may have any version up to the clocks' at its end.
// And of acknowledged writes and deletes: one that begins after another was acknowledged is greater
// (real-time anomaly). One that begins after another was merely read: only counted, unless
// the spec judges it, since a read may see a write that is still under way.
// Excused and counted: all of this inside of faults that make staleness legal, and their grace.
// Not required: what nobody holds any more (see acked_writes).
// What a read may find at all is the business of nothing_invented.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckTrueReads(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
