// vfctl status: which nodes of the cluster make copies complete, and how far they are.
#pragma once

#include <string>
#include <string_view>

#include "base/endpoint.h"

namespace vf::ctl {

// `status`: what `node` has answered. Asks it for the members and each of those that live how far
// its move is, several at a time, for some seconds at most however many there are. Returns a table,
// and a line about those who gave no answer; empty if all answered and no move runs.
std::string MovesOfCluster(const HostPort& node, std::string_view status);

}  // namespace vf::ctl
