// The only places where the project reads a clock.
//
// Threads: any.
#pragma once

#include <ctime>

#include "base/time.h"

namespace vf {

// For deadlines and intervals. CLOCK_BOOTTIME: it also counts the time that the machine sleeps, so
// that a process can tell how long it was away. (Asio's own timers do not count that time: shells
// arm them with the distance from here and look here again when they fire.)
inline TimePoint MonotonicNow() {
  timespec t{};
  clock_gettime(CLOCK_BOOTTIME, &t);
  return TimePoint(seconds(t.tv_sec) + nanoseconds(t.tv_nsec));
}

// Unix time, as the machine believes it; may jump. 0 for a clock before 1970.
inline WallTime WallNow() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  if (t.tv_sec < 0) return {};
  return {static_cast<std::uint64_t>(t.tv_sec) * 1000 +
          static_cast<std::uint64_t>(t.tv_nsec) / 1'000'000};
}

// The same in nanoseconds, for the kernel's stamps.
inline std::int64_t WallNowNs() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace vf
