// When those who read the view are told that it has changed.
//
// At once, as a rule. But while newcomers come by the hundred each reader would look at a thousand
// views, and each of them costs a walk over all members: so a change that may wait is held until
// the rush is over, and never for longer than kMaxHeld. Newcomers and what they tell of themselves
// may wait; deaths, suspicions and what becomes of the own process may not, and whoever is told of
// these is told of what was held, too.
// Thread: none of its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/time.h"

namespace vf {

class ViewPace {
 public:
  // So many newcomers within kWindow are a rush.
  static constexpr std::size_t kRush = 16;
  static constexpr Duration kWindow = milliseconds(100);
  static constexpr Duration kMaxHeld = seconds(1);

  ViewPace() { newcomers_.fill(kLongAgo); }

  void OnNewcomer(TimePoint now) {
    newcomers_[next_] = now;
    next_ = (next_ + 1) % kRush;
    if (IsRush(now)) last_rush_ = now;
  }
  bool IsRush(TimePoint now) const { return now < EndOfRush(); }
  // The last newcomer of a rush came no longer ago than this.
  bool WasRush(TimePoint now, Duration ago) const { return now < last_rush_ + ago; }

  // Something has changed that may wait.
  void Hold(TimePoint now) {
    if (held_since_ == kNever) held_since_ = now;
  }
  bool IsHeld() const { return held_since_ != kNever; }
  // Whether there is something to be told by now.
  bool IsDue(TimePoint now) const { return now >= NextDeadline(); }
  // The view was told as it is.
  void OnTold() { held_since_ = kNever; }
  TimePoint NextDeadline() const {
    if (held_since_ == kNever) return kNever;
    return std::min(std::max(held_since_, EndOfRush()), held_since_ + kMaxHeld);
  }

 private:
  static constexpr TimePoint kLongAgo = TimePoint::min() + hours(1);
  // Unless more come. The kRush-th last newcomer decides.
  TimePoint EndOfRush() const { return newcomers_[next_] + kWindow; }

  std::array<TimePoint, kRush> newcomers_;  // a ring of when they came
  std::size_t next_ = 0;
  TimePoint last_rush_ = kLongAgo;
  TimePoint held_since_ = kNever;
};

}  // namespace vf
