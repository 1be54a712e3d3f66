// Judges a run by its history: which promises were broken, and what was excused.
#pragma once

#include <vector>

#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/checkers/judge_spec.h"
#include "tools/cluster-sim/checkers/violation.h"

namespace vf::sim {

struct Verdict {
  std::vector<Violation> violations;  // by checker, in the order of JudgeSpec::checkers
  Counts counts;
};

// Pure: equal arguments, equal verdicts. O(n log n) in the length of the history.
//
// A run that has not converged (converged_at is kNotYet) has failed for that reason; then what is
// promised after convergence (owners equal, views equal) is not judged again, all else is.
Verdict Judge(const History& history, const JudgeSpec& spec = {});

}  // namespace vf::sim
