// HELLO as msgpack: [1, request = 0, proto_min, proto_max, cluster_hash, foundation, key, boot,
// incarnation, replicas, digits, nonce, signs]; foundation is 16 bytes or none, the nonce 16 bytes;
// `signs` is 1, or left out.
#include <algorithm>

#include "gossip/wire/hello.h"
#include "gossip/wire/member_fields.h"

namespace vf {
namespace {

constexpr std::size_t kFields = 12;     // without `signs`
constexpr std::size_t kMaxFields = 64;  // room for those of newer releases
constexpr MsgpackLimits kLimits = {
    .elements = kMaxFields, .tokens = kMaxHelloBytes, .depth = 2, .text_bytes = kMaxHelloBytes};

}  // namespace

std::string EncodeHello(const PeerHello& hello) {
  std::string frame(4, '\0');
  MsgpackWriter<std::string> out(frame);
  out.Array(hello.signs ? kFields + 1 : kFields);
  out.Number(kHelloFrame);
  out.Number(0);
  out.Number(hello.proto_min);
  out.Number(hello.proto_max);
  out.Number(hello.cluster_hash);
  WriteFoundation(out, hello.foundation);
  out.Number(hello.key);
  out.Number(hello.boot);
  out.Number(hello.incarnation);
  out.Number(hello.replicas);
  out.Number(hello.partition_digits);
  out.Bin(hello.nonce);
  if (hello.signs) out.Number(1);
  StoreBigEndian(reinterpret_cast<std::byte*>(frame.data()),
                 static_cast<std::uint32_t>(frame.size() - 4));
  return frame;
}

std::optional<PeerHello> DecodeHello(ByteSpan body) {
  if (body.size() > kMaxHelloBytes) return std::nullopt;
  const MsgpackTokens tokens = ParseMsgpack(body, kLimits);
  MsgpackReader in(tokens);
  in.Require(in.Number<std::uint8_t>() == kHelloFrame);
  in.Number<std::uint64_t>();  // the request, of which a HELLO has none
  PeerHello hello;
  hello.proto_min = in.Number<std::uint8_t>();
  hello.proto_max = in.Number<std::uint8_t>();
  hello.cluster_hash = in.Number<std::uint32_t>();
  hello.foundation = ReadFoundation(in);
  hello.key = in.Number<MemberKey>();
  in.Require(hello.key != kNoMember);
  hello.boot = in.Number<std::uint64_t>();
  hello.incarnation = in.Number<std::uint32_t>();
  hello.replicas = in.Number<std::uint8_t>();
  hello.partition_digits = in.Number<std::uint8_t>();
  const ByteSpan nonce = in.Bin();
  in.Require(nonce.size() == hello.nonce.size());
  if (in.left() > 0) hello.signs = in.Flag();
  if (!in.ok()) return std::nullopt;
  std::copy(nonce.begin(), nonce.end(), hello.nonce.begin());
  return hello;
}

}  // namespace vf
