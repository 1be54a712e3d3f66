#include "tools/cluster-sim/membership/packet_kind.h"

#include "base/check.h"

namespace vf::sim {

std::string_view PacketKindName(PacketKind kind) {
  switch (kind) {
    case PacketKind::kPing:
      return "ping";
    case PacketKind::kAck:
      return "ack";
    case PacketKind::kPingRequest:
      return "ping_request";
    case PacketKind::kNack:
      return "nack";
    case PacketKind::kNews:
      return "news";
    case PacketKind::kExchange:
      return "exchange";
    case PacketKind::kJoin:
      return "join";
    case PacketKind::kOther:
      return "other";
  }
  VF_CHECK(false, "a kind of the list");
}

}  // namespace vf::sim
