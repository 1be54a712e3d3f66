#include "gossip/stream/auth.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "base/message_auth.h"
#include "gossip/wire/hello.h"
#include "gossip/wire/msgpack_reader.h"
#include "gossip/wire/msgpack_writer.h"

namespace vf {
namespace {

// Not the beginning of a datagram, which the same keys sign.
constexpr std::string_view kWhat = "velour fog peer AUTH";

constexpr std::size_t kFields = 4;
constexpr MsgpackLimits kLimits = {
    .elements = 64, .tokens = kMaxHelloBytes, .depth = 2, .text_bytes = kMaxHelloBytes};

MessageAuth::Tag TagOf(const ClusterKey& key, AuthDirection direction, const AuthHellos& hellos) {
  std::string message(kWhat);
  message += static_cast<char>(direction);
  message += hellos.connecting;
  message += hellos.accepting;
  return MessageAuth(AsBytes(key.secret)).Sign(AsBytes(message));
}

}  // namespace

std::string EncodeAuth(const ClusterKeys& keys, AuthDirection direction, const AuthHellos& hellos) {
  VF_CHECK(!keys.empty(), "there is no key to sign with");
  const ClusterKey& key = keys.keys().front();
  const MessageAuth::Tag tag = TagOf(key, direction, hellos);
  std::string frame(4, '\0');
  MsgpackWriter<std::string> out(frame);
  out.Array(kFields);
  out.Number(kAuthFrame);
  out.Number(0);
  out.Number(key.id);
  out.Bin(ByteSpan(tag).first(kAuthTagBytes));
  StoreBigEndian(reinterpret_cast<std::byte*>(frame.data()),
                 static_cast<std::uint32_t>(frame.size() - 4));
  return frame;
}

AuthVerdict JudgeAuth(const ClusterKeys& keys, AuthDirection direction, const AuthHellos& hellos,
                      ByteSpan body) {
  if (body.size() > kMaxHelloBytes) return AuthVerdict::kNoAuth;
  const MsgpackTokens tokens = ParseMsgpack(body, kLimits);
  MsgpackReader in(tokens);
  in.Require(in.Number<std::uint8_t>() == kAuthFrame);
  in.Number<std::uint64_t>();  // the request, of which an AUTH has none
  const auto id = in.Number<std::uint8_t>();
  const ByteSpan tag = in.Bin();
  in.Require(tag.size() == kAuthTagBytes);
  if (!in.ok()) return AuthVerdict::kNoAuth;
  const bool right =
      std::any_of(keys.keys().begin(), keys.keys().end(), [&](const ClusterKey& key) {
        if (key.id != id) return false;
        const MessageAuth::Tag expected = TagOf(key, direction, hellos);
        return SameTag(ByteSpan(expected).first(kAuthTagBytes), tag);
      });
  return right ? AuthVerdict::kRight : AuthVerdict::kOtherKey;
}

}  // namespace vf
