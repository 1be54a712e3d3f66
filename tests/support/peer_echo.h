// An echo over TCP, asked as members ask it: from a process that is no member, over a new
// connection.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace vf {

// From the beginning of the connection to 127.0.0.1:`port` until ECHO_OK has come; none if it does
// not within ten seconds. Blocks for as long as that takes. The process belongs to the cluster of
// the default name, without a cluster key.
std::optional<Duration> AskEcho(std::uint16_t port);

}  // namespace vf
