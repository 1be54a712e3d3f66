// Delays of packets: a lognormal distribution, as a table of its quantiles.
//
// Between two quantiles the delay grows linearly, in integers: equal draws give equal delays in
// every build. The table itself is made with additions, multiplications and divisions of doubles
// alone, since the C library's exp() and log() differ between machines.
// The lowest 2^-21 and the highest 2^-20 of the distribution are cut off. Immutable.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// No delay is longer.
inline constexpr Duration kLongestDelay = hours(1);

class LatencyTable {
 public:
  // REQUIRES: 0 < median <= p99 <= kLongestDelay.
  explicit LatencyTable(const LatencySpec& spec);

  // The delay that this draw stands for: longer for higher draws.
  Duration At(std::uint64_t draw) const {
    std::size_t slot = draw >> (64 - kSlotBits);
    if (slot != kSlots - 1) return Between(body_, slot, draw << kSlotBits);
    slot = (draw >> (64 - 2 * kSlotBits)) & (kSlots - 1);
    return Between(tail_, slot, draw << (2 * kSlotBits));
  }

 private:
  static constexpr int kSlotBits = 10;
  static constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
  static constexpr int kStepBits = 20;  // within a slot; 1 h in ns has 42 bits
  using Quantiles = std::array<std::int64_t, kSlots + 1>;

  static Duration Between(const Quantiles& quantiles, std::size_t slot, std::uint64_t rest) {
    const auto step = static_cast<std::int64_t>(rest >> (64 - kStepBits));
    const std::int64_t low = quantiles[slot];
    return Duration(low + (((quantiles[slot + 1] - low) * step) >> kStepBits));
  }

  Quantiles body_;  // at i / 1,024
  Quantiles tail_;  // at (1,023 + i / 1,024) / 1,024: the last slot of the body
};

}  // namespace vf::sim
