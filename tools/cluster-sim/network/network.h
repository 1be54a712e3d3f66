// What the network does to packets: when they arrive, whether, and how often.
//
// It holds no packets: the caller asks for the fate of each one that it sends and schedules the
// arrivals itself. Hosts are numbered from 0. Datagrams and streams (connections) are treated alike
// but for this: what would lose a segment of a stream delays it, by retransmission timeouts.
//
// Thread: none of its own; one run. One generator for all draws of the network.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

using HostNumber = std::uint32_t;

enum class Traffic : std::uint8_t { kDatagrams = 1, kStreams = 2, kAll = 3 };

// What becomes of one datagram.
struct Fate {
  int arrivals = 0;  // 0: lost
  std::array<TimePoint, 2> at{};
};

// A disturbance of packets that lasts until it is removed. They add up: a packet has to survive
// all.
struct Disturbance {
  enum class Kind : std::uint8_t { kLoss, kBurstLoss, kDuplicate, kReorder, kLatency, kCut };
  Kind kind = Kind::kLoss;
  Traffic traffic = Traffic::kDatagrams;
  double strength = 0;            // probability; for kLatency a factor
  std::vector<HostNumber> hosts;  // empty: all packets
  bool outgoing = true;           // packets from one of `hosts` to one that is not among them
  bool incoming = true;           // packets to one of `hosts` from one that is not among them
};
using DisturbanceId = std::uint32_t;

class Network {
 public:
  Network(const NetworkSpec& spec, std::size_t hosts, Rng rng);

  void AddHost();
  std::size_t hosts() const;

  DisturbanceId Add(const Disturbance& disturbance);
  void Remove(DisturbanceId id);
  // How many packets it has changed so far; also after its removal.
  std::uint64_t StruckBy(DisturbanceId id) const;

  // One datagram that is sent now.
  Fate SendDatagram(TimePoint now, HostNumber from, HostNumber to);
  // When the next piece of a stream arrives, if everything sent earlier has: the caller keeps the
  // order. kNever: not while things are as they are; ask again at NextStreamTry().
  TimePoint SendSegment(TimePoint now, HostNumber from, HostNumber to);
  // When a sender tries again what could not pass: after 200 ms, doubling up to `tries`, at most 2
  // s.
  static TimePoint NextStreamTry(TimePoint now, int tries);
  // A delay of the network alone, without loss: for ICMP answers, resets.
  Duration Delay(HostNumber from, HostNumber to);
  // Whether packets of this kind from one to the other are cut at the moment.
  bool IsCut(HostNumber from, HostNumber to, Traffic traffic) const;

  struct Counters {
    std::uint64_t datagrams = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
    std::uint64_t segments = 0;
  };
  const Counters& counters() const;
  // (private members: the implementer's)
};

}  // namespace vf::sim
