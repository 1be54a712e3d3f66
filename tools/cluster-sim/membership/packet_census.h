// Packets by kind, and how many probes reach one member within an interval.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/membership/packet_kind.h"
#include "tools/cluster-sim/network/network.h"

namespace vf::sim {

class PacketCensus {
 public:
  struct Sum {
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };

  // Intervals are counted from `begin`.
  PacketCensus(TimePoint begin, Duration interval) : begin_(begin), interval_(interval) {}

  // REQUIRES: not before `begin`, nor before any earlier one.
  void OnPacket(TimePoint now, HostNumber to, PacketKind kind, std::size_t bytes);

  const Sum& sum(PacketKind kind) const { return sums_[static_cast<std::size_t>(kind)]; }
  // Pings that were sent to one member in one interval, at most: lost ones too.
  std::uint64_t most_probes() const { return most_probes_; }

 private:
  struct Probes {
    std::int64_t interval = -1;
    std::uint64_t count = 0;
  };
  TimePoint begin_;
  Duration interval_;
  std::array<Sum, kPacketKinds> sums_;
  std::vector<Probes> probes_;  // by receiver, in its last interval with any
  std::uint64_t most_probes_ = 0;
};

}  // namespace vf::sim
