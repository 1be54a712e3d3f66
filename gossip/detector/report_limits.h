// How many complaints of the data path a process takes from each reporter: one that is mad, or has
// lost its network, must not keep the cluster busy with probes.
//
// Thread: none of its own.
// Limits: kMaxReportsASecond a reporter, as many at once; kMaxReporters reporters at a time. One
// more is refused until another has been silent for a second.
#pragma once

#include <cstddef>
#include <map>

#include "base/time.h"
#include "gossip/config.h"
#include "gossip/dissemination/token_bucket.h"
#include "gossip/types.h"

namespace vf {

class ReportLimits {
 public:
  static constexpr std::size_t kMaxReporters = 1'024;

  // Whether one more entry of this reporter may be acted upon.
  bool Take(TimePoint now, MemberKey reporter);

 private:
  std::map<MemberKey, TokenBucket> reporters_;
};

}  // namespace vf
