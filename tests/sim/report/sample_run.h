// A made-up run for tests of reports.
#pragma once

#include "tools/cluster-sim/run_result.h"

namespace vf::sim {

struct SampleOptions {
  int nodes = 5;
  int seconds = 90;
  int operations_per_s = 60;
  bool violations = false;
};

// Five (or more) nodes start cold; one is paused, one crashes, one leaves, one restarts; writes
// fail meanwhile; all converges in the end.
RunResult SampleRun(const SampleOptions& options = {});

}  // namespace vf::sim
