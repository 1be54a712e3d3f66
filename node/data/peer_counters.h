// What one data thread counts about its peer connections.
#pragma once

#include <array>

#include "base/counter.h"
#include "gossip/stream/link_end.h"

namespace vf {

// One each for a PeerClient and a PeerServer. Written by their thread, read by any.
struct PeerCounters {
  Counter links_opened;                 // HELLO exchanged and accepted
  Counter links_closed;                 // of these
  std::array<Counter, kLinkEnds> ends;  // by LinkEnd, those never opened included
  Counter frames_in;
  Counter frames_out;
  Counter bytes_in;
  Counter bytes_out;
  Counter writes;           // of the socket: coalescing shows against frames_out
  Counter unknown_frames;   // of types that this release does not know: skipped
  Counter refused_full;     // sends refused: too much is queued for the peer
  Counter refused_backoff;  // sends refused: it could not be reached a moment ago
  Counter refused_links;    // accepted connections closed at once: there are too many
};

}  // namespace vf
