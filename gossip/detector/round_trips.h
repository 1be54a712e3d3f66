// The retransmission timeout, from the round trips of the own probes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "gossip/config.h"

namespace vf {

// A histogram of about the last thousand round trips in steps of a quarter octave; older ones fade
// by halving. Each ping of a probe has a number of its own, so that repeated ones count too: an
// ack says which of them it answers. (Where it does not, Karn's rule leaves them out, and round
// trips that have become longer than the timeout are never seen.)
class RoundTrips {
 public:
  // `config` outlives it.
  explicit RoundTrips(const SwimConfig& config) : config_(config), rto_(config.rto_high) {}

  void Add(Duration round_trip);
  // clamp(2 * p99.9, rto_low, rto_high); rto_high before the first sample.
  Duration Rto() const { return rto_; }
  // From the ping to the verdict on a probe: min(verdict_rtos * RTO, T').
  Duration VerdictAfter() const;

 private:
  static constexpr std::size_t kSteps = 96;  // 1 us * 2^(i/4): up to 16 s
  static constexpr std::uint32_t kSamples = 2'000;
  Duration ComputeRto() const;

  const SwimConfig& config_;
  Duration rto_;
  std::array<std::uint16_t, kSteps> counts_{};
  std::size_t steps_used_ = 0;  // beyond these all counts are 0
  std::uint32_t total_ = 0;
};

}  // namespace vf
