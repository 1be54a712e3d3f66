// How far this process may trust its own ears: Lifeguard's local health.
//
// A process that is starved of CPU, or loses packets, finds everybody else silent. It can tell: its
// timers are late, relays that it asked do not even answer *no*, and others accuse it. Each of
// these raises the score, each answer to a probe of its own lowers it. The probe interval, the
// timeouts of a probe and the time that a suspicion lasts here are multiplied by Factor().
//
// Source: Lifeguard (Dadgar, Phillips, Currey, DSN 2018), LHA-Probe. Deviations:
//  1. Lateness is measured, not only inferred; a large one counts twice.
//  2. A failed probe counts only if a relay kept silent: relays that answered show that this
//  process
//     can be reached, so the target is to blame. Lifeguard always counts it.
//
// Thread: none of its own. Invariant: 0 <= score() <= kWorst.
#pragma once

#include <cstddef>

#include "base/time.h"

namespace vf {

class LocalHealth {
 public:
  static constexpr int kWorst = 8;

  // 0: healthy.
  int score() const { return score_; }
  // 1 to kWorst + 1.
  int Factor() const { return score_ + 1; }

  // A probe was answered, by its target or by a relay in its stead.
  void OnAnswer() { Add(-1); }
  // A probe failed; so many of the relays that were asked said nothing at all.
  void OnFailure(std::size_t silent_relays) { Add(silent_relays > 0 ? 1 : 0); }
  // This process had to refute that it is suspect or dead.
  void OnAccusation() { Add(1); }
  // A timer, or a datagram that waited to be read, was late by `lag` at `now`. `rto`: the timeout
  // of a ping, unscaled; what is not above it does not count. Lags that overlap an earlier one are
  // the same lag.
  void OnLag(TimePoint now, Duration lag, Duration rto);
  // Nobody answers any more: isolation.h.
  void SetWorst() { score_ = kWorst; }

 private:
  void Add(int points);

  int score_ = 0;
  TimePoint lag_ended_ = TimePoint::min();
};

}  // namespace vf
