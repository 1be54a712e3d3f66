// One record of a rival's gossip.
#pragma once

#include <cstdint>

#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/rivals/member_view.h"

namespace vf::sim {

// A dead one says who says so only for memberlist's confirmations.
struct RivalUpdate {
  HostNumber subject = 0;
  std::uint32_t incarnation = 0;
  RivalState state = RivalState::kAlive;
  HostNumber from = 0;
};

}  // namespace vf::sim
