#include "tools/cluster-sim/membership/packet_census.h"

#include <algorithm>

namespace vf::sim {

void PacketCensus::OnPacket(TimePoint now, HostNumber to, PacketKind kind, std::size_t bytes) {
  Sum& sum = sums_[static_cast<std::size_t>(kind)];
  ++sum.packets;
  sum.bytes += bytes;
  if (kind != PacketKind::kPing) return;
  if (to >= probes_.size()) probes_.resize(to + 1);
  Probes& probes = probes_[to];
  const std::int64_t interval = (now - begin_) / interval_;
  if (probes.interval != interval) probes = {interval, 0};
  most_probes_ = std::max(most_probes_, ++probes.count);
}

}  // namespace vf::sim
