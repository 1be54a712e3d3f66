// The wall clock of one host: what its processes take for unix time.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace vf::sim {

// Where all wall clocks stand when a run begins, but for their offsets.
inline constexpr std::uint64_t kWallAtStartMs = 1'800'000'000'000;

// Thread: none of its own; one run.
// Invariant: changing the drift moves no reading at that moment.
class WallClock {
 public:
  explicit WallClock(TimePoint start) : since_(start) {}

  WallTime At(TimePoint now) const {
    return {kWallAtStartMs + static_cast<std::uint64_t>(PassedMs(now) + offset_ms_)};
  }

  // Forward, or back.
  void Jump(std::int64_t ms) { offset_ms_ += ms; }

  // Faster than true time by so many parts per million from now on.
  void SetDrift(TimePoint now, std::int64_t parts_per_million) {
    passed_ns_ += PassedNs(now);
    since_ = now;
    drift_ppm_ = parts_per_million;
  }

 private:
  std::int64_t PassedNs(TimePoint now) const {
    const std::int64_t passed = (now - since_).count();
    return passed + passed / 1'000'000 * drift_ppm_;
  }
  std::int64_t PassedMs(TimePoint now) const { return (passed_ns_ + PassedNs(now)) / 1'000'000; }

  TimePoint since_;
  std::int64_t passed_ns_ = 0;  // until since_
  std::int64_t drift_ppm_ = 0;
  std::int64_t offset_ms_ = 0;
};

}  // namespace vf::sim
