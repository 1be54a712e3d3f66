// The pictures of a run's report, each a figure of HTML.
#pragma once

#include <string>
#include <vector>

#include "tools/cluster-sim/report/chart.h"
#include "tools/cluster-sim/report/run_series.h"
#include "tools/cluster-sim/run_result.h"

namespace vf::sim {

// Up to so many hosts get a lane each; more are added up.
inline constexpr std::size_t kMostLanes = 60;
// So many faults are marked behind the pictures.
inline constexpr std::size_t kMostBands = 60;

// Faults, and the moments at which the phases of the run changed.
Background MakeBackground(const History& history);

// Faults by kind above, and below them each host's life and what others believed of it.
std::string MembersFigure(const RunResult& result, const std::vector<Lane>& lanes);
std::string WritesFigure(const History& history, const OperationSeries& series,
                         const Background& background);
std::string ReadsFigure(const History& history, const OperationSeries& series,
                        const Background& background);
std::string LatencyFigure(const History& history, const OperationSeries& series,
                          const Background& background);
std::string DivergenceFigure(const History& history, const Background& background);

}  // namespace vf::sim
