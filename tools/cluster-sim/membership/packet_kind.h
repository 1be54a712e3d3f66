// What packets of membership are for, whatever the protocol. A packet with several messages counts
// for what its first one is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vf::sim {

enum class PacketKind : std::uint8_t {
  kPing,         // of a probe, a relay or a contact
  kAck,          // to any of these
  kPingRequest,  // to a relay
  kNack,         // of a relay
  kNews,         // updates alone
  kExchange,     // digests and tables
  kJoin,         // joins and their answers
  kOther,
};
inline constexpr std::size_t kPacketKinds = 8;

// As in JSON: "ping_request".
std::string_view PacketKindName(PacketKind kind);

}  // namespace vf::sim
