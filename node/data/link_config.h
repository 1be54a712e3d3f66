// The limits of one peer connection.
#pragma once

#include <cstddef>

#include "base/time.h"
#include "node/replication/codec.h"

namespace vf {

struct LinkConfig {
  // From the beginning until the other side's HELLO has come, connecting included.
  Duration handshake_timeout = seconds(1);
  // The other side reads nothing although something is queued for it.
  Duration stall_timeout = seconds(5);
  // Nothing came or went. The connecting side is to be the shorter: it knows best.
  Duration idle_timeout = minutes(1);
  // How long a draining link waits for the other side to close.
  Duration drain_timeout = milliseconds(500);
  // A frame is taken while less than this is queued, values included.
  std::size_t max_queue_bytes = std::size_t{64} << 20;
  std::size_t max_body_bytes = kMaxFrameBytes;
};

}  // namespace vf
