// A run as one page that a person reads.
#pragma once

#include <cstddef>
#include <string>

#include "tools/cluster-sim/run_result.h"

namespace vf::sim {

inline constexpr std::size_t kMaxReportBytes = std::size_t{3} << 20;

struct ReportHead {
  std::string version;  // of the program: release and commit
  std::string replay;   // the command that runs it again
};

// One HTML page that needs nothing else: inline SVG and CSS, no script, light and dark as the
// reader's system is. At most kMaxReportBytes: what is more than a picture or a table can show is
// added up or counted. Whatever bytes keys, values and texts hold is escaped.
// `result.history` should have been kept; without it the pictures say that there is nothing to
// show.
std::string HtmlReport(const RunResult& result, const ReportHead& head);

}  // namespace vf::sim
