#include "gossip/stream/handshake.h"

#include "base/check.h"

namespace vf {

std::string PeerHandshake::Opening() const {
  if (side_ == Side::kAccepting) return {};
  return kPeerProtocolByte + EncodeHello(own_);
}

PeerHandshake::Step PeerHandshake::OnFrame(ByteSpan body) {
  VF_CHECK(!done_, "the handshake is over");
  Step step;
  const std::optional<PeerHello> theirs = DecodeHello(body);
  if (!theirs) {
    step.refusal = HelloRefusal{LinkEnd::kBadFrame, "it did not begin with a valid HELLO"};
    return step;
  }
  step.refusal = JudgeHello(own_, *theirs, expected_);
  if (side_ == Side::kAccepting) step.send = EncodeHello(own_);
  if (step.refusal) return step;
  theirs_ = *theirs;
  done_ = true;
  return step;
}

}  // namespace vf
