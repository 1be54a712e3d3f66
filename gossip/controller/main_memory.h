// Keeps a controller small: what a burst of joins or deaths needed for moments goes back to the
// system.
//
// The C library keeps what is freed. That is right for a process that will need it again; a
// controller sees thousands of joins within seconds, once, and is at rest for days.
#pragma once

#include "base/time.h"
#include "gossip/udp/gossip_thread.h"

namespace vf {

// At the start of the process: large blocks are the system's again as soon as they are freed.
void KeepLittleMemory();

// Thread: the gossip thread's alone. A look at the heap costs it about a millisecond.
class BurstMemory {
 public:
  // Without a change for kCalm, a burst is over. Its news is repeated for up to kNewsIsOld, and
  // takes memory until then: so it looks again after each doubling of the calm.
  static constexpr Duration kCalm = seconds(3);
  static constexpr Duration kNewsIsOld = minutes(3);

  // `gossip` outlives it.
  explicit BurstMemory(GossipThread& gossip) : gossip_(gossip) {}

  // The membership has changed.
  void OnChange(TimePoint now);

 private:
  void LookAt(TimePoint when);
  void Look(TimePoint now);

  GossipThread& gossip_;
  TimePoint changed_;
  TimePoint next_look_ = kNever;
};

}  // namespace vf
