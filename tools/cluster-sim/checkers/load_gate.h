// Promise: the run did enough to be worth judging.
//
// Judged in every run: of the operations that met no fault (from the beginning of the workload,
// none of their time inside of a fault or its grace), the share spec.least_success was successful;
// and the whole run had at least as many successful ones of each kind as the spec asks for.
// Excused: the share, if no operation was clear of faults.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckLoadGate(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
