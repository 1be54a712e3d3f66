// The record of a process that starts now.
#pragma once

#include "gossip/types.h"

namespace vf {

// A new random id (its key is not 0), the boot number of this instant, and `roles`. The endpoint is
// found by GossipThread, the seat by Swim.
MemberRecord NewSelfRecord(std::uint8_t roles);

}  // namespace vf
