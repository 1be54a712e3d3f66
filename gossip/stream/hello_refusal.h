// Whether the process on the other side of a peer connection is one to talk to.
#pragma once

#include <optional>
#include <string>

#include "gossip/stream/link_end.h"
#include "gossip/types.h"
#include "gossip/wire/hello.h"

namespace vf {

// Why the connection ends.
struct HelloRefusal {
  LinkEnd end = LinkEnd::kOtherMember;
  std::string text;  // what differs, with both values
};

// None: HELLO is accepted. `expected`: whom the other side must be; kNoMember: anybody.
std::optional<HelloRefusal> JudgeHello(const PeerHello& ours, const PeerHello& theirs,
                                       MemberKey expected);

}  // namespace vf
