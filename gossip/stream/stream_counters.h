// What a process counts about its membership connections.
#pragma once

#include <array>

#include "base/counter.h"
#include "gossip/stream/link_end.h"

namespace vf {

// Written by the gossip thread, read by any.
struct StreamCounters {
  Counter opened;                       // HELLO exchanged and accepted, by either side
  Counter closed;                       // of these
  std::array<Counter, kLinkEnds> ends;  // by LinkEnd, those never opened included
  Counter bytes_in;
  Counter bytes_out;
  Counter unknown_frames;    // of types that this release does not know: skipped
  Counter refused_incoming;  // accepted connections closed at once: there are too many
  Counter refused_outgoing;  // wishes that failed at once: likewise
  Counter echoes_answered;   // those of others
  Counter exchanges_done;    // our own, by outcome
  Counter exchanges_busy;
  Counter exchanges_failed;
  Counter exchanges_served;   // to the end of what there was to tell
  Counter exchanges_refused;  // answered by BUSY
  Counter parts_in;
  Counter parts_out;
};

}  // namespace vf
