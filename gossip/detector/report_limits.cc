#include "gossip/detector/report_limits.h"

#include <algorithm>
#include <chrono>

namespace vf {

bool ReportLimits::Take(TimePoint now, MemberKey reporter) {
  auto it = reporters_.find(reporter);
  if (it == reporters_.end()) {
    if (reporters_.size() >= kMaxReporters) {
      // Whoever has been silent for a second has its whole allowance again.
      std::erase_if(reporters_,
                    [&](const auto& item) { return item.second.as_of + seconds(1) <= now; });
      if (reporters_.size() >= kMaxReporters) return false;
    }
    it = reporters_.try_emplace(reporter, Allowance{kEntriesASecond, now}).first;
  }
  Allowance& allowance = it->second;
  const double passed = std::chrono::duration<double>(now - allowance.as_of).count();
  allowance.entries =
      std::min<double>(allowance.entries + passed * kEntriesASecond, kEntriesASecond);
  allowance.as_of = now;
  if (allowance.entries < 1) return false;
  allowance.entries -= 1;
  return true;
}

}  // namespace vf
