// Promise: each fault of the run did something; one that never strikes tests nothing.
//
// Judged in every run. Nothing is excused.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckFaultsStruck(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
