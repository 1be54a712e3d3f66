// Runs a whole cluster of the product's own objects in virtual time, and has the checkers judge it.
#pragma once

#include <functional>

#include "base/time.h"
#include "tools/cluster-sim/run_result.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// `progress`: called now and then with the virtual time that has passed and the events so far.
// REQUIRES: ValidateRunSpec(spec) is ok (faults/scenario.h).
// Equal specs give equal results, byte for byte, in every build.
using ProgressFn = std::function<void(Duration passed, std::uint64_t events)>;
RunResult RunCluster(const RunSpec& spec, const ProgressFn& progress = {});

}  // namespace vf::sim
