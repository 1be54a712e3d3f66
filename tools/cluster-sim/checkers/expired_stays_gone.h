// Promise: an expired record is absent, to everybody.
//
// Judged always, if clocks are known: no read, local ones included, that began after the expiry, by
// the slowest clock, finds the record; no process that was not paused still holds it as a value in
// a sample or in the end. That owners agree about it is the business of convergence, that it is not
// gone too early that of true_reads and nothing_invented.
// Excused: samples of a process that was paused since the expiry, or has just started with what it
// kept on its disk.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckExpiredStaysGone(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
