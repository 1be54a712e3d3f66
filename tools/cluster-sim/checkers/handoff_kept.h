// Promise: a copy is not dropped before each owner has it.
//
// Judged always, of each Drop for the reason of handoff, with what the process held at its last
// sample up to then: it named owners of the key, each of these that lives has that record or a
// greater one at its last sample up to then (whoever notes a Drop notes the owners' copies right
// before), and the process itself does not own it.
// Excused: what digests may leave out.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckHandoffKept(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
