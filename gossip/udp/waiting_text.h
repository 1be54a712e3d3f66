// Whom a process waits for that has not joined yet, as one line for its log and pages.
#pragma once

#include <string>

#include "gossip/udp/gossip_options.h"

namespace vf {

// With the hint what would help. `options`: as the process was started.
std::string WaitingText(const GossipOptions& options);

}  // namespace vf
