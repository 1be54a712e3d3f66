// AUTH: the second frame in both directions of a peer connection, with a cluster key. Pure.
//
//   [2, request = 0, key_id, tag of 16 bytes]
//
// The tag is HMAC-SHA-256, cut to 16 bytes, over the name of the protocol, the direction (0 from
// the side that connects, 1 from the side that accepts), and both HELLO frames with their lengths,
// first that of the side that connects. Each HELLO has a nonce of its own, so no tag fits another
// connection, and the direction keeps anybody from sending a tag back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "gossip/seal/cluster_keys.h"

namespace vf {

inline constexpr std::uint8_t kAuthFrame = 2;  // its type
inline constexpr std::size_t kAuthTagBytes = 16;

enum class AuthDirection : std::uint8_t { kFromConnecting = 0, kFromAccepting = 1 };

// What is signed: whole frames, their lengths included.
struct AuthHellos {
  std::string_view connecting;
  std::string_view accepting;
};

// A whole frame, its length included, signed with the first key. REQUIRES: there is one.
std::string EncodeAuth(const ClusterKeys& keys, AuthDirection direction, const AuthHellos& hellos);

enum class AuthVerdict : std::uint8_t {
  kRight,
  kOtherKey,  // signed with none of the keys, or forged
  kNoAuth,    // not a valid AUTH frame
};
// `body`: a frame without its length. Elements behind the known ones are ignored.
AuthVerdict JudgeAuth(const ClusterKeys& keys, AuthDirection direction, const AuthHellos& hellos,
                      ByteSpan body);

}  // namespace vf
