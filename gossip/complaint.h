// What the data path has met with at a member: what starts a report.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace vf {

// Wire values: append only.
enum class ComplaintReason : std::uint8_t {
  kTimeout = 0,  // no answer, on a connection that stands
  kRefused = 1,  // no connection
};

struct Complaint {
  ComplaintReason reason = ComplaintReason::kRefused;
  std::uint32_t requests = 1;  // that failed or wait, all of them each time
  Duration lasting{};          // for how long the oldest has
};

}  // namespace vf
