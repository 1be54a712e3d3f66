// Waiting for what other threads and processes do.
#pragma once

#include <functional>
#include <thread>

#include "base/os/clocks.h"
#include "base/time.h"

namespace vf {

// True as soon as `condition` is; false if it is not within `limit`.
inline bool Eventually(const std::function<bool()>& condition, Duration limit = seconds(20),
                       Duration between_looks = milliseconds(2)) {
  const TimePoint deadline = MonotonicNow() + limit;
  while (!condition()) {
    if (MonotonicNow() >= deadline) return false;
    std::this_thread::sleep_for(between_looks);
  }
  return true;
}

}  // namespace vf
