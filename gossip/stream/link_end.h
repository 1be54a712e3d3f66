// Why a peer connection ended.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vf {

enum class LinkEnd : std::uint8_t {
  kStopped,           // by this process: it stops, or moves to another endpoint
  kIdle,              // nothing was exchanged for long
  kRefused,           // nobody listens there
  kUnreachable,       // no connection for another reason
  kHandshakeTimeout,  // no HELLO in time, connecting included
  kClosed,            // by the other side
  kReset,             // an error on the connection
  kStalled,           // the other side does not read
  kBadLength,         // a frame too short or too long
  kBadFrame,          // a frame that is no valid message, or not at this place
  kOtherCluster,      // HELLO: see HelloVerdict
  kOtherProtocol,
  kOtherFoundation,
  kOtherSettings,
  kOtherMember,  // HELLO: somebody else lives there
  kOtherKey,     // HELLO or AUTH: no cluster key in common
};
inline constexpr std::size_t kLinkEnds = 16;

// As metrics label it.
constexpr std::string_view LinkEndName(LinkEnd end) {
  constexpr std::array<std::string_view, kLinkEnds> kNames = {
      "stopped",           "idle",           "refused",       "unreachable",
      "handshake_timeout", "closed",         "reset",         "stalled",
      "bad_length",        "bad_frame",      "other_cluster", "other_protocol",
      "other_foundation",  "other_settings", "other_member",  "other_key"};
  return kNames[static_cast<std::size_t>(end)];
}

}  // namespace vf
