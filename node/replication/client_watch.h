// Whether a process serves clients: what copies do for each other gives way to that.
#pragma once

#include <atomic>

#include "base/time.h"

namespace vf {

// Threads: any.
class ClientWatch {
 public:
  // Clients that come ten times a second and more are served all the time.
  static constexpr Duration kServedFor = milliseconds(100);

  // Serves a client, or a peer on behalf of one.
  void Note(TimePoint now) {
    const TimePoint until = now + kServedFor;
    // All threads read it with each request: it is written once in a while.
    if (until_.load(std::memory_order_relaxed) < until - kNoteEvery) {
      until_.store(until, std::memory_order_relaxed);
    }
  }

  bool AreServed(TimePoint now) const { return now < until_.load(std::memory_order_relaxed); }

 private:
  static constexpr Duration kNoteEvery = milliseconds(5);

  std::atomic<TimePoint> until_{TimePoint::min()};
};

}  // namespace vf
