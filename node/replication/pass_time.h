// By what time the two sides of a pass judge which tombstones are forgotten (Store::IsForgotten):
// never by a later one than either of their clocks shows.
//
// So a deletion is told to whoever still counts it by its own clock, whatever others make of it. A
// pass names one time, and one short message should do for copies that are equal. So the side that
// asks names a time that lies a sixteenth of the tombstone age behind its clock, and the other side
// names an earlier one only where its own clock is behind that too. Of two sides the one may thus
// name a sixteenth less than the other: whoever lets go of tombstones leaves that to them
// (TombstoneRounds).
#pragma once

#include <algorithm>

#include "base/time.h"
#include "node/store/store.h"

namespace vf {

// How much clocks may differ for nothing.
inline Duration PassTimeSlack(const Store& store) { return store.tombstone_age() / 16; }

// What a process whose clock shows this names, and gives to Store::Forget().
inline WallTime PassTime(const Store& store, WallTime clock) {
  const auto slack_ms = static_cast<std::uint64_t>(ToMilliseconds(PassTimeSlack(store)));
  return {clock.ms - std::min(clock.ms, slack_ms)};
}

// The latest that it lets others name: that clock, as of its last Store::Forget().
inline WallTime LatestPassTime(const Store& store) {
  return {store.wall().ms + static_cast<std::uint64_t>(ToMilliseconds(PassTimeSlack(store)))};
}

}  // namespace vf
