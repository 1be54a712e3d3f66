// Promise: once faults are over all owners of a key hold the same record (INV3).
//
// Judged when the run has converged, at its end, of all owners, in sync or not: the records are the
// same, byte for byte, and there are as many owners as the spec says (if it does). And always: the
// last figure of divergence is 0 if and only if no two owners differ.
// Not a difference: a record that has just expired and its tombstone, within what clocks may
// differ; a tombstone older than its age and nothing.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckConvergence(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
