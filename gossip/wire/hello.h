// HELLO: the first frame in both directions of a peer connection. Pure.
//
// It says who speaks, which protocol, and which cluster; two processes that do not belong together
// part before anything else is read. Format: docs/peer-protocol.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "gossip/types.h"

namespace vf {

// The first byte of a peer connection, from the side that connects: no HTTP method begins with it.
inline constexpr char kPeerProtocolByte = '\xf6';

// The versions of the peer protocol that this release speaks.
inline constexpr std::uint8_t kPeerProtocolMin = 1;
inline constexpr std::uint8_t kPeerProtocolMax = 1;

inline constexpr std::uint8_t kHelloFrame = 1;  // its type
inline constexpr std::size_t kMaxHelloBytes = 1024;

struct PeerHello {
  std::uint8_t proto_min = kPeerProtocolMin;
  std::uint8_t proto_max = kPeerProtocolMax;
  std::uint32_t cluster_hash = 0;
  Foundation foundation;
  MemberKey key = kNoMember;
  std::uint64_t boot = 0;
  std::uint32_t incarnation = 0;
  std::uint8_t replicas = 0;          // 0: not known yet
  std::uint8_t partition_digits = 0;  // 0: not known yet
  std::array<std::byte, 16> nonce{};  // random a connection: what makes its AUTH its own
  bool signs = false;                 // it has a cluster key, and AUTH follows
  bool operator==(const PeerHello&) const = default;
};

enum class HelloVerdict : std::uint8_t {
  kAccepted,
  kOtherCluster,     // another --cluster
  kOtherKey,         // a cluster key on one side only
  kOtherProtocol,    // no version in common
  kOtherFoundation,  // the same name, founded twice: they never merge
  kOtherSettings,    // other K or N
};
// Symmetric: both sides come to the same verdict. An unfounded side fits every foundation.
HelloVerdict CompareHellos(const PeerHello& ours, const PeerHello& theirs);
// What differs, in words, with both values; empty for kAccepted.
std::string DescribeVerdict(HelloVerdict verdict, const PeerHello& ours, const PeerHello& theirs);

// A whole frame, its length included.
std::string EncodeHello(const PeerHello& hello);
// `body`: a frame without its length. None unless it is a valid HELLO; elements behind the known
// ones are ignored.
std::optional<PeerHello> DecodeHello(ByteSpan body);

}  // namespace vf
