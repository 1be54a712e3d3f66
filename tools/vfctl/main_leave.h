// vfctl leave: tells a node to hand over what it holds, and waits until it has left.
#pragma once

#include <absl/status/status.h>

#include <string>

#include "base/endpoint.h"

namespace vf::ctl {

// Returns when the node has left with nothing; its id is put into `id`. How far it is is shown on
// stderr. Blocks for as long as that takes; the node goes on without this process. Errors: one line
// that says why it does not leave, or how it ended otherwise.
absl::Status LeaveAndWait(const HostPort& node, std::string& id);

}  // namespace vf::ctl
