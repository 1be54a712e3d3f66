// Any frames as the beginning of a peer connection: refused, or passed over to the next stage; with
// a cluster key nobody gets through without it.
//
// The first byte says which side and how many bytes the first frame has.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/check.h"
#include "gossip/stream/handshake.h"

namespace vf {
namespace {

void Shake(PeerHandshake::Side side, const ClusterKeys& keys, ByteSpan first, ByteSpan second) {
  PeerHello own;
  own.key = 1;
  PeerHandshake handshake(side, own, keys);
  const PeerHandshake::Step step =
      handshake.OnFrame(first.first(first.size() > kMaxHelloBytes ? kMaxHelloBytes : first.size()));
  VF_CHECK(!step.refusal || !handshake.is_done(), "refused and done");
  VF_CHECK(keys.empty() || !handshake.is_done(), "done without AUTH");
  if (step.refusal || handshake.is_done()) return;
  const PeerHandshake::Step last = handshake.OnFrame(second);
  VF_CHECK(last.refusal && !handshake.is_done(), "somebody without the key got through");
}

}  // namespace
}  // namespace vf

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const vf::ClusterKeys keys = *vf::ClusterKeys::Parse("0123456789abcdef");
  const vf::ByteSpan input = std::as_bytes(std::span(data, size)).subspan(1);
  const std::size_t cut = std::min<std::size_t>(data[0] / 2, input.size());
  const auto side =
      data[0] % 2 == 0 ? vf::PeerHandshake::Side::kConnecting : vf::PeerHandshake::Side::kAccepting;
  vf::Shake(side, keys, input.first(cut), input.subspan(cut));
  vf::Shake(side, vf::ClusterKeys(), input.first(cut), input.subspan(cut));
  return 0;
}
