#include "gossip/detector/report_limits.h"

namespace vf {

bool ReportLimits::Take(TimePoint now, MemberKey reporter) {
  auto it = reporters_.find(reporter);
  if (it == reporters_.end()) {
    if (reporters_.size() >= kMaxReporters) {
      // Whoever has been silent for a second has its whole allowance again.
      std::erase_if(reporters_, [&](const auto& item) { return item.second.IsFull(now); });
      if (reporters_.size() >= kMaxReporters) return false;
    }
    it = reporters_.try_emplace(reporter, now, kMaxReportsASecond, kMaxReportsASecond).first;
  }
  return it->second.Take(now, 1);
}

}  // namespace vf
