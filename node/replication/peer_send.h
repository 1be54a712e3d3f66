// A request on its way to a member.
#pragma once

#include <utility>
#include <vector>

#include "gossip/types.h"
#include "node/replication/message.h"

namespace vf {

struct PeerSend {
  MemberKey to = kNoMember;
  PeerRequest request;
};

template <typename Request>
void AddSend(std::vector<PeerSend>& sends, MemberKey to, Request request) {
  PeerSend& send = sends.emplace_back();
  send.to = to;
  send.request.template emplace<Request>(std::move(request));
}

}  // namespace vf
