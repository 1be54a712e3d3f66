// What makes a controller a controller, beyond the membership that every process has.
//
// Introducing newcomers and spreading their news is every member's work (gossip/swim.h), the
// controller's too: it is a member that stores nothing, never founds a cluster, and that everybody
// can find. What is its own stands here.
// Pure. Threads: any.
#pragma once

#include <optional>
#include <string>

#include "base/endpoint.h"
#include "gossip/types.h"

namespace vf {

// Whether it may tell others about members: with contacts, or members remembered from before its
// start, once it has exchanged members with a cluster or given up on them; without any, from the
// start, since it has nobody to learn from and whoever comes tells it. It need not know of a
// cluster: to those who would found one it says that it knows none.
bool ControllerMayServe(const MembershipSnapshot& membership, bool has_somebody_to_ask);

// Where a client's request belongs: an alive member that answers for keys, one that is ready first,
// one that stores before one that does not, then the smallest key. None: nobody has joined yet.
std::optional<Endpoint> NodeToAsk(const MembershipSnapshot& membership);

// One line: this is the controller, and whom to ask instead.
std::string AskANodeText(const MembershipSnapshot& membership);

}  // namespace vf
