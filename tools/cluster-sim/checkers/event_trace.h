// What happened to a key or to a member around a moment.
#pragma once

#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/evidence.h"

namespace vf::sim {

// Lines in the order of time, at most spec.most_trace_lines: those nearest to `at`, and one that
// counts what was left out. Of samples only those that show a change.
// Operations, samples, drops, losses and final copies of the key, faults, lives.
std::vector<std::string> TraceOfKey(const Evidence& evidence, std::size_t key, SimTime at);

// What others believed of the process, its life, faults.
std::vector<std::string> TraceOfMember(const Evidence& evidence, ProcessNumber process, SimTime at);

}  // namespace vf::sim
