// Promise: a copy is not dropped before each owner has it.
//
// Judged always, of each Drop for the reason of handoff, with what the process held at its last
// sample up to then: somebody else owns the key, each such owner has that record or a greater one
// around that moment (at its last sample up to it, or its first one from then on), and the process
// itself does not own it.
// Excused: what digests may leave out.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckHandoffKept(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
