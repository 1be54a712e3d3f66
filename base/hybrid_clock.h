// Versions of records, and the hybrid logical clock that stamps them.
//
// A version is 48 bits of unix milliseconds and 16 bits of counter. Only frontends stamp, and each
// stamp is above every earlier one of the same clock and above every version observed from others,
// so a write that begins after another was seen wins, whatever the wall clocks say.
// Source: Kulkarni et al., "Logical Physical Clocks" (OPODIS 2014).
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"

namespace vf {

struct Version {
  std::uint64_t value = 0;

  auto operator<=>(const Version&) const = default;

  std::uint64_t Milliseconds() const { return value >> 16; }
  std::string Hex() const;  // 16 lower-case digits: the ETag
};

// The version that `wall` alone stands for: its milliseconds, counter 0.
constexpr Version VersionAt(WallTime wall) { return {wall.ms << 16}; }

// How far ahead of the own wall clock a foreign version may be and still move this clock. One bad
// record must not carry the whole cluster's clock away.
inline constexpr std::uint64_t kMaxClockLeadMs = 60'000;

// Threads: any; one clock a process, so that two threads of it never stamp alike.
class HybridClock {
 public:
  // The next version: max(wall, last stamp + 1).
  Version Stamp(WallTime wall);

  // The next version above `floor` too, for stamping again. None if nothing is above it.
  std::optional<Version> StampAbove(WallTime wall, Version floor);

  // A version that came from elsewhere. Moves the clock forward unless it is more than
  // kMaxClockLeadMs ahead of `wall`.
  void Observe(WallTime wall, Version seen);

  Version last() const { return {last_.load(std::memory_order_relaxed)}; }

 private:
  std::atomic<std::uint64_t> last_{0};
};

}  // namespace vf
