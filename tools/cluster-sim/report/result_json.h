// Results as JSON, for programs. docs/simulator.md lists the fields.
#pragma once

#include <string>

#include "tools/cluster-sim/run_result.h"

namespace vf::sim {

// `wall_s`: how long it took outside of the simulation. One object and a line break; valid UTF-8
// whatever bytes keys and texts hold: keys are percent-encoded, in texts U+FFFD stands for others.
std::string RunJson(const RunResult& result, double wall_s);

}  // namespace vf::sim
