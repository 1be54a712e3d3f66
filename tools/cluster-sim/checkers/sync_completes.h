// Promise: sync makes copies equal in time, and a copy that is called in sync lacks nothing.
//
// Judged if spec.sync_bound is given and ends within the run: that long after the last fault the
// figure of divergence has been 0.
// Judged always: when a process calls its copy in sync (SyncReport), it has, at its first sample
// from then on, what each owner in sync that it had a pass with held at its last sample before the
// passes began. Excused: owners that ended before the report; tombstones that digests may leave
// out. Holders that were missing, as some may be, can have what nobody acknowledged; what was
// acknowledged is the matter of acked_writes.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckSyncCompletes(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
