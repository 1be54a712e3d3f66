#include "gossip/detector/round_trips.h"

#include <algorithm>
#include <bit>

namespace vf {
namespace {

// The upper bound of a step, in ns: 1, 1.25, 1.5, 1.75 times a power of two of 1,024 ns.
constexpr std::uint64_t BoundOf(std::size_t step) { return ((4 + step % 4) << (step / 4)) * 256; }

}  // namespace

void RoundTrips::Add(Duration round_trip) {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(round_trip.count(), 0));
  std::size_t step = 0;
  while (step + 1 < kSteps && BoundOf(step) < ns) ++step;
  ++counts_[step];
  steps_used_ = std::max(steps_used_, step + 1);
  if (++total_ >= kSamples) {
    total_ = 0;
    for (std::uint16_t& count : counts_) {
      count = static_cast<std::uint16_t>(count / 2);
      total_ += count;
    }
  }
  rto_ = ComputeRto();
}

Duration RoundTrips::ComputeRto() const {
  const std::uint32_t above = total_ / 1000;
  std::uint32_t seen = 0;
  std::size_t step = steps_used_;
  while (step > 0 && seen <= above) seen += counts_[--step];
  const Duration p999(static_cast<std::int64_t>(BoundOf(step)));
  return std::clamp(2 * p999, config_.rto_low, config_.rto_high);
}

Duration RoundTrips::VerdictAfter() const {
  return std::min(config_.verdict_rtos * Rto(), config_.probe_interval);
}

}  // namespace vf
