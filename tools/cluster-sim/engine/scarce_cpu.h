// The CPU of a process that gets too little of it: it works in slots, and everything that it does
// takes time.
//
// What it does are pieces of work of equal cost: a message that it takes in, a turn of its timers.
// A piece is done when all of its cost is paid; one that a slot was too short for goes on in the
// next.
//
// Thread: none of its own; one run.
// Invariants: 1. Between two pieces that are done lies `cost` of time in slots, at least.
//             2. Only one piece is under way.
#pragma once

#include "base/check.h"
#include "base/time.h"

namespace vf::sim {

class ScarceCpu {
 public:
  // Without a slot at first. REQUIRES: cost > 0.
  explicit ScarceCpu(Duration cost) : cost_(cost), owed_(cost) {
    VF_CHECK(cost > Duration::zero(), "work that costs something");
  }

  // A slot begins or ends. REQUIRES: there is none; there is one.
  void BeginSlot() {
    VF_CHECK(!has_slot_, "one slot at a time");
    has_slot_ = true;
  }
  void EndSlot(TimePoint now) {
    VF_CHECK(has_slot_, "no slot");
    has_slot_ = false;
    if (done_at_ == kNever) return;
    owed_ = done_at_ - now;
    done_at_ = kNever;
  }

  // There is work. When the next piece of it will be done, if the slot lasts: the caller looks
  // IsDone() up then. kNever: a piece is under way already, or there is no slot.
  TimePoint Begin(TimePoint now) {
    if (!has_slot_ || done_at_ != kNever) return kNever;
    done_at_ = now + owed_;
    return done_at_;
  }
  // Whether a piece is done by now: it is to be handled, and the next one may begin. False: the
  // slot ended before.
  bool IsDone(TimePoint now) {
    if (done_at_ != now) return false;
    done_at_ = kNever;
    owed_ = cost_;
    return true;
  }

 private:
  Duration cost_;
  Duration owed_;  // of the piece that is next or under way, when a slot began
  bool has_slot_ = false;
  TimePoint done_at_ = kNever;  // of the piece that is under way
};

}  // namespace vf::sim
