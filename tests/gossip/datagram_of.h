// What a member would send: one message in a datagram, with its header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gossip/members/member_order.h"
#include "gossip/wire/codec.h"
#include "gossip/wire/message.h"

namespace vf {

inline std::vector<std::byte> DatagramOf(const MemberRecord& speaker, std::uint32_t cluster_hash,
                                         const Message& message, std::uint64_t view_hash = 0) {
  Packet packet;
  packet.header.cluster_hash = cluster_hash;
  packet.header.key = speaker.key();
  packet.header.boot32 = Boot32(speaker.boot);
  packet.header.incarnation = speaker.incarnation;
  packet.header.view_hash = view_hash;
  packet.messages = {message};
  return EncodePacket(packet);
}

}  // namespace vf
