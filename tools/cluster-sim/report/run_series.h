// What a report's pictures show, computed from a history: plain numbers over time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/cluster-sim/run_result.h"

namespace vf::sim {

// Counts in equal slices of the run.
struct OperationSeries {
  SimTime slice = 1;  // length of each
  std::vector<std::uint64_t> writes_ok;
  std::vector<std::uint64_t> writes_unknown;
  std::vector<std::uint64_t> writes_refused;
  std::vector<std::uint64_t> reads_ok;
  std::vector<std::uint64_t> reads_failed;
  // Milliseconds of those that were answered with ok; 0: there was none in that slice.
  std::vector<double> write_p50_ms;
  std::vector<double> write_p99_ms;
  std::vector<double> read_p50_ms;
  std::vector<double> read_p99_ms;
};
inline constexpr std::size_t kMostSlices = 240;
// By the moment when each operation began. Deletes are writes; slices are whole seconds.
OperationSeries MakeOperationSeries(const History& history);

enum class LaneState : std::uint8_t { kGone, kStarting, kReady, kPaused };

// One host over time: its processes, one after the other, and what others believed of them.
struct Lane {
  struct Step {
    SimTime at = 0;
    LaneState state = LaneState::kGone;
  };
  struct Doubt {  // from `at` on
    SimTime at = 0;
    std::uint32_t suspected_by = 0;
    std::uint32_t dead_to = 0;
  };
  struct End {
    SimTime at = 0;
    bool crashed = false;  // else it left
  };
  std::string host;
  std::vector<ProcessNumber> processes;  // that ran there, in their order
  std::vector<Step> steps;
  std::vector<Doubt> doubts;
  std::vector<End> ends;
};
// Nodes first, then those that joined, controllers, frontends. Beliefs of observers count until
// these end.
std::vector<Lane> MakeLanes(const RunResult& result);

}  // namespace vf::sim
