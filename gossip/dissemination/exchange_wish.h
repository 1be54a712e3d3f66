// Member exchange over TCP, as the core asks for it and hears of it. gossip/stream carries it out.
#pragma once

#include <cstdint>

#include "base/endpoint.h"
#include "gossip/types.h"

namespace vf {

// "Compare my view with that member's."
struct ExchangeWish {
  std::uint32_t number = 0;  // which one: ExchangeOutcome is told with it; never 0
  Endpoint to;
  MemberKey peer = kNoMember;  // who must live there
  bool everything = false;     // as a joiner, who has nothing to compare yet
};

// Wire values none; in the order of metric labels.
enum class ExchangeOutcome : std::uint8_t {
  kDone,    // all that the peer has to say was handed in
  kBusy,    // it serves others: ask another one
  kFailed,  // no connection, or it broke, or nothing came for too long
};

}  // namespace vf
