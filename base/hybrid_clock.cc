#include "base/hybrid_clock.h"

#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "base/check.h"

namespace vf {

std::string Version::Hex() const { return ToHex64(value); }

Version HybridClock::Stamp(WallTime wall) {
  std::uint64_t last = last_.load(std::memory_order_relaxed);
  std::uint64_t next;
  do {
    VF_CHECK(last < std::numeric_limits<std::uint64_t>::max(), "the clock has run out of versions");
    next = std::max(VersionAt(wall).value, last + 1);
  } while (!last_.compare_exchange_weak(last, next, std::memory_order_relaxed));
  return {next};
}

std::optional<Version> HybridClock::StampAbove(WallTime wall, Version floor) {
  if (floor.value == std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  // A floor from far ahead gives this one record a version above it and leaves the clock alone.
  if (floor.Milliseconds() > wall.ms + kMaxClockLeadMs && floor >= last()) {
    return Version{floor.value + 1};
  }
  Observe(wall, floor);
  return Stamp(wall);
}

void HybridClock::Observe(WallTime wall, Version seen) {
  if (seen.Milliseconds() > wall.ms + kMaxClockLeadMs) return;
  std::uint64_t last = last_.load(std::memory_order_relaxed);
  while (seen.value > last &&
         !last_.compare_exchange_weak(last, seen.value, std::memory_order_relaxed)) {
  }
}

}  // namespace vf
