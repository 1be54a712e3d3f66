// Promise: what was deleted or has expired never comes back (INV5).
//
// Judged from convergence on: no read, local ones included, no sample and no final copy shows a
// record that is older than a deletion acknowledged before, or than an acknowledged record that had
// expired before. Before convergence true_reads says what a read may miss.
// Excused: deletions that nobody holds any more (see acked_writes); copies on processes that do not
// own the key, unless spec.judge_strays says that handoff is there to take them away.
#pragma once

#include "tools/cluster-sim/checkers/findings.h"

namespace vf::sim {

void CheckNoResurrection(const Evidence& evidence, Findings& findings);

}  // namespace vf::sim
