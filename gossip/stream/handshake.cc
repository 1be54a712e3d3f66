#include "gossip/stream/handshake.h"

#include <utility>

#include "base/check.h"

namespace vf {
namespace {

PeerHello Signing(PeerHello hello, bool signs) {
  hello.signs = signs;
  return hello;
}

std::string FrameOf(ByteSpan body) {
  std::string frame(4, '\0');
  StoreBigEndian(reinterpret_cast<std::byte*>(frame.data()),
                 static_cast<std::uint32_t>(body.size()));
  return frame.append(AsText(body));
}

}  // namespace

PeerHandshake::PeerHandshake(Side side, PeerHello own, ClusterKeys keys, MemberKey expected)
    : side_(side),
      own_(Signing(own, !keys.empty())),
      own_frame_(EncodeHello(own_)),
      keys_(std::move(keys)),
      expected_(expected) {}

std::string PeerHandshake::Opening() const {
  if (side_ == Side::kAccepting) return {};
  return kPeerProtocolByte + own_frame_;
}

PeerHandshake::Step PeerHandshake::OnFrame(ByteSpan body) {
  VF_CHECK(!is_done(), "the handshake is over");
  Step step;
  if (refusal_) {
    step.refusal = refusal_;
  } else {
    step = stage_ == Stage::kHello ? OnHello(body) : OnAuth(body);
    refusal_ = step.refusal;
  }
  return step;
}

PeerHandshake::Step PeerHandshake::OnHello(ByteSpan body) {
  Step step;
  const std::optional<PeerHello> theirs = DecodeHello(body);
  if (!theirs) {
    step.refusal = HelloRefusal{LinkEnd::kBadFrame, "it did not begin with a valid HELLO"};
    return step;
  }
  step.refusal = JudgeHello(own_, *theirs, expected_);
  if (side_ == Side::kAccepting) step.send = own_frame_;
  if (step.refusal) return step;
  theirs_ = *theirs;
  stage_ = Stage::kDone;
  if (keys_.empty()) return step;
  stage_ = Stage::kAuth;
  their_frame_ = FrameOf(body);
  step.send += EncodeAuth(
      keys_,
      side_ == Side::kConnecting ? AuthDirection::kFromConnecting : AuthDirection::kFromAccepting,
      Hellos());
  return step;
}

PeerHandshake::Step PeerHandshake::OnAuth(ByteSpan body) {
  Step step;
  switch (JudgeAuth(
      keys_,
      side_ == Side::kConnecting ? AuthDirection::kFromAccepting : AuthDirection::kFromConnecting,
      Hellos(), body)) {
    case AuthVerdict::kRight:
      stage_ = Stage::kDone;
      break;
    case AuthVerdict::kOtherKey:
      step.refusal = HelloRefusal{LinkEnd::kOtherKey,
                                  "it signs with a cluster key that this process does not have "
                                  "(--cluster-key-file)"};
      break;
    case AuthVerdict::kNoAuth:
      step.refusal = HelloRefusal{LinkEnd::kBadFrame, "no valid AUTH followed its HELLO"};
      break;
  }
  return step;
}

AuthHellos PeerHandshake::Hellos() const {
  if (side_ == Side::kConnecting) return {own_frame_, their_frame_};
  return {their_frame_, own_frame_};
}

}  // namespace vf
