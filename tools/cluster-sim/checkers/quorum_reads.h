// Promise: a read of r owners (`r=`) finds what was acknowledged by a replicas (`acks=`, else
// min-acks) before it began, or something newer, where r + a is more than the owners of a key.
//
// Judged always, inside of faults too: no copy has to be in sync for it. A read may find nothing
// where a deletion or an expiry may be above what it needs (see true_reads).
// Excused and counted: what is read inside of faults that make staleness legal, and their grace,
// where the owners of then need not be those who acknowledged: with clients on both sides of a cut
// (spec.clients_apart), and once others own what members had that are away (spec.places_kept).
// Not required: what nobody holds any more (see acked_writes).
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckQuorumReads(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
