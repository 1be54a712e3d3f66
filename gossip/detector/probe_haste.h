// Whether members fall silent together, so that it pays to look round faster.
//
// A rack that loses its power takes many along at the same moment. Of two suspicions, then of ten,
// each comes when a random probe happens to strike; the last of ten crashed hosts is found a second
// after the first, in bad luck. So when two members come under suspicion within kTogether, random
// probes come kFactor times as often for kLasts, which any further one prolongs.
//
// One member that is accused again and again is no disaster: it takes two. The caller leaves out
// those that are degraded (flap_damping.h), which are accused all the time. Nor is a network that
// loses many packets: there accusations are refuted as they come, and more probes would only make
// more of them. So a refutation ends the haste, and there is none for kCalm.
//
// Thread: none of its own. Cost: kFactor - 1 further pings a probe interval while it lasts.
#pragma once

#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

class ProbeHaste {
 public:
  static constexpr int kFactor = 3;
  // In probe intervals.
  static constexpr int kTogether = 2;
  static constexpr int kLasts = 4;
  static constexpr int kCalm = 40;

  // `config` outlives it.
  explicit ProbeHaste(const SwimConfig& config) : config_(config) {}

  // Somebody accuses a member that was believed alive.
  void OnSuspicion(TimePoint now, MemberKey member) {
    if (last_ != kNoMember && member != last_ && now >= calm_until_ &&
        now <= last_at_ + kTogether * config_.probe_interval) {
      until_ = now + kLasts * config_.probe_interval;
    }
    last_ = member;
    last_at_ = now;
  }
  // Somebody who was accused is well.
  void OnRefutation(TimePoint now) {
    calm_until_ = now + kCalm * config_.probe_interval;
    until_ = now;
  }
  // By which random probes come more often: 1 or kFactor.
  int Factor(TimePoint now) const { return now < until_ ? kFactor : 1; }

 private:
  const SwimConfig& config_;
  MemberKey last_ = kNoMember;
  TimePoint last_at_{};
  TimePoint until_{};
  TimePoint calm_until_{};
};

}  // namespace vf
