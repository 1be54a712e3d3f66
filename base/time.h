// Time as the pure core sees it: always an argument, never read from a clock.
//
// Two kinds that do not mix: TimePoint (monotonic; for deadlines, intervals) and WallTime (unix
// time; for versions, expiry and boot numbers only). The clocks that produce them live in base/os.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace vf {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

using Duration = std::chrono::nanoseconds;

// A clock type without now(): code of the core cannot read it, only compute with its points.
struct MonotonicClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<MonotonicClock>;
  static constexpr bool is_steady = true;
};

using TimePoint = MonotonicClock::time_point;

// Later than every deadline: what NextDeadline() returns when there is none.
inline constexpr TimePoint kNever = TimePoint::max();

// Unix time in whole milliseconds.
struct WallTime {
  std::uint64_t ms = 0;
  auto operator<=>(const WallTime&) const = default;
};

constexpr double ToSeconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// `duration` in whole milliseconds, towards zero.
constexpr std::int64_t ToMilliseconds(Duration duration) {
  return std::chrono::duration_cast<milliseconds>(duration).count();
}

}  // namespace vf
