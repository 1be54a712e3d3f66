#include "tests/support/net/packet_scrambler.h"

#include <utility>

namespace vf {

void PacketScrambler::Offer(TimePoint now, Packet packet) {
  ++counts_.offered;
  if (Percent(faults_.loss_percent)) {
    ++counts_.lost;
    return;
  }
  if (Percent(faults_.duplicate_percent)) {
    ++counts_.duplicated;
    Enqueue(now, packet);
  }
  Enqueue(now, std::move(packet));
}

std::optional<PacketScrambler::Packet> PacketScrambler::Take(TimePoint now) {
  if (NextDeadline() > now) return std::nullopt;
  Packet packet = waiting_.top().packet;
  waiting_.pop();
  return packet;
}

void PacketScrambler::Enqueue(TimePoint now, Packet packet) {
  if (waiting_.size() >= kMaxPackets) {
    ++counts_.overflows;
    return;
  }
  TimePoint due = now + rng_.Between(faults_.delay_low, faults_.delay_high);
  if (Percent(faults_.reorder_percent)) {
    ++counts_.held_back;
    due += rng_.Between(Duration(0), faults_.held_back);
  }
  waiting_.push({due, order_++, std::move(packet)});
}

}  // namespace vf
