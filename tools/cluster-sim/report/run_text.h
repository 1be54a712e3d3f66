// A run in words, for a terminal and for the head of a report.
#pragma once

#include <string>
#include <vector>

#include "tools/cluster-sim/run_result.h"

namespace vf::sim {

// "5 nodes, 1 controller, 1 frontend, K 3, ..."
std::string ClusterText(const RunSpec& spec);
std::string WorkloadText(const WorkloadSpec& work);
std::string NetworkText(const NetworkSpec& network);
// "pause of node-1, controller-0 at 12 s for 0.5 s"
std::string FaultText(const RunSpec& spec, const FaultEvent& fault);

// "joined-0 had moved 1,200 bytes for a share of 1,180; ..."; empty if nobody joined.
std::string JoinsText(const RunResult& result);
// "fine", "did not converge within 120s", "2 violations (acked_writes, converged_copies)", or both.
std::string OutcomeText(const RunResult& result);
// The names of the checkers that found something, each once, with how often: "acked_writes (2)".
std::vector<std::string> CheckersText(const RunResult& result);

// "1,234,567"
std::string CountText(std::uint64_t count);
// "12.3 s": at most three decimals.
std::string SecondsText(std::int64_t nanoseconds);

}  // namespace vf::sim
