// The limits of membership connections.
#pragma once

#include <cstddef>

#include "base/time.h"
#include "gossip/config.h"

namespace vf {

struct StreamConfig {
  // From the beginning until HELLO was exchanged, connecting included.
  Duration handshake_timeout = seconds(1);
  // Under way, but nothing comes or goes: the connection is cut.
  Duration stall_timeout = seconds(2);
  // An accepted connection on which nothing is asked.
  Duration idle_timeout = seconds(5);
  // However busy it is: some members of the slowest kind must not hold all places for ever.
  Duration lifetime = seconds(30);
  // What a BUSY says; askers go elsewhere meanwhile.
  Duration busy_retry = milliseconds(250);
  // PARTs of a bucket with dead members are made anew after it, since these age.
  Duration tombstones_fresh = seconds(1);
  // Encoded PARTs are kept for so long after the last connection has ended.
  Duration encoded_kept = seconds(1);

  std::size_t max_incoming = 256;  // accepted; a further one is closed at once
  std::size_t max_outgoing = 80;   // a further wish fails at once. Above kMaxEchoes
  std::size_t max_served = 8;      // exchanges that others ask for; more get BUSY
  // PARTs are made when the last ones have left, so many bytes at once (and one PART).
  std::size_t chunk_bytes = 65'536;
  // Who asks without reading what it is told is cut when so much waits.
  std::size_t max_queue_bytes = 262'144;
  std::size_t records_in_part = 128;

  static StreamConfig For(const SwimConfig& swim) {
    StreamConfig config;
    config.stall_timeout = swim.exchange_deadline;
    config.handshake_timeout = swim.exchange_deadline / 2;
    config.lifetime = 15 * swim.exchange_deadline;
    return config;
  }
};

}  // namespace vf
