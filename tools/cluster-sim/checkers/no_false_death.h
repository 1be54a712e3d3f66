// Promise: no healthy process is believed dead, and a real death is noticed in time.
//
// Judged always: whoever begins to believe a process dead or left is right. Excused and counted:
// the process was paused, or a fault that may kill it by the table of effects was on, shortly
// before; not counted: it had been told to leave. Judged if spec.detection_bound is given: by then
// after a crash each process that was ready at the crash, and ran on without pause or leave,
// believes it dead or left, or has forgotten it. One that never said what it believes is taken to
// know every process that had been ready for that long. Not judged, and counted: a crash while, or
// shortly after, a fault was on that delays detection; one whose bound ends after the run.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckNoFalseDeath(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
