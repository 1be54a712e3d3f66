// What the network does to packets: when they arrive, whether, and how often.
//
// It holds no packets: the caller asks for the fate of each one that it sends and schedules the
// arrivals itself. Hosts are numbered from 0. Datagrams and streams (connections) are treated alike
// but for this: what would lose a segment of a stream delays it, by retransmission timeouts.
//
// All chance of a packet comes from one draw of its sender's own generator. Hence the fates of one
// host's packets do not depend on how much the others send, and a packet's delay does not depend on
// which disturbances there are.
//
// Thread: none of its own; one run. A packet on an undisturbed network costs no allocation and no
// search. A host costs some 50 bytes, a disturbance a few bytes a host.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/network/latency.h"
#include "tools/cluster-sim/network/packet_draw.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

using HostNumber = std::uint32_t;

enum class Traffic : std::uint8_t { kDatagrams = 1, kStreams = 2, kAll = 3 };

// What becomes of one datagram.
struct Fate {
  int arrivals = 0;  // 0: lost; 2: it was duplicated; in the order of time
  std::array<TimePoint, 2> at{};
};

// A disturbance of packets that lasts until it is removed. They add up: a packet has to survive
// all. What a host sends to itself is never disturbed.
//
// kBurstLoss is a Gilbert-Elliott channel: it loses nothing while good, all while bad, and stays
// bad for 8 packets on average; it begins with a burst. It belongs to a host's link, not to a pair
// of hosts, so that with many hosts, of which two seldom talk, there still are bursts: one channel
// for what each of `hosts` sends and one for what it receives; without `hosts` one for what each
// host sends. kReorder adds 1 to 20 ms. kDuplicate does nothing to streams, which drop what came
// twice.
struct Disturbance {
  enum class Kind : std::uint8_t { kLoss, kBurstLoss, kDuplicate, kReorder, kLatency, kCut };
  Kind kind = Kind::kLoss;
  Traffic traffic = Traffic::kDatagrams;
  double strength = 0;            // probability; for kLatency a factor, at most 1,000
  std::vector<HostNumber> hosts;  // empty: all packets
  bool outgoing = true;           // packets from one of `hosts` to one that is not among them
  bool incoming = true;           // packets to one of `hosts` from one that is not among them
};
using DisturbanceId = std::uint32_t;

class DisturbanceEffect;

class Network {
 public:
  Network(const NetworkSpec& spec, std::size_t hosts, const Rng& rng);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // The next number. Shifts no draw of the others.
  void AddHost();
  std::size_t hosts() const { return senders_.size(); }

  // REQUIRES: `hosts` are known; the strength is one of its kind. Ids count from 0.
  DisturbanceId Add(const Disturbance& disturbance);
  // REQUIRES: Add() gave `id`. Twice is harmless.
  void Remove(DisturbanceId id);
  // How many packets it has changed so far; also after its removal. What is lost already is not
  // asked further: it counts for the disturbance that was added first.
  std::uint64_t StruckBy(DisturbanceId id) const;
  // How many datagrams it could have changed.
  std::uint64_t MetBy(DisturbanceId id) const;

  // Into the cache: what sending from there will read.
  void PrepareSender(HostNumber from) const { __builtin_prefetch(&senders_[from]); }

  // One datagram that is sent now.
  Fate SendDatagram(TimePoint now, HostNumber from, HostNumber to);
  // When the next piece of a stream arrives, if everything sent earlier has: the caller keeps the
  // order. What is lost is sent again after NextStreamTry(), up to 8 times; all this is part of the
  // arrival. kNever: it is cut, or was lost each time: ask again at NextStreamTry(). Only packets
  // from `from` are judged: whether acknowledgements could come back, IsCut(to, from) says.
  TimePoint SendSegment(TimePoint now, HostNumber from, HostNumber to);
  // When a sender tries again what could not pass after `tries` earlier repetitions: after 200 ms,
  // doubling, at most 2 s. REQUIRES: tries >= 0.
  static TimePoint NextStreamTry(TimePoint now, int tries);
  // A delay of the network alone, without loss: for ICMP answers, resets. Draws as a packet of
  // `from` does.
  Duration Delay(HostNumber from, HostNumber to);
  // Whether packets of this kind from one to the other are cut at the moment; kAll: of any kind.
  bool IsCut(HostNumber from, HostNumber to, Traffic traffic) const;

  struct Counters {
    std::uint64_t datagrams = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t reordered = 0;
    std::uint64_t segments = 0;
    std::uint64_t repeated = 0;  // of segments
  };
  const Counters& counters() const { return counters_; }

 private:
  Duration UndisturbedDelay(HostNumber from, HostNumber to, std::uint64_t draw) const;
  Fate DisturbedFate(TimePoint now, HostNumber from, HostNumber to, std::uint64_t word);
  bool LosesSegment(HostNumber from, HostNumber to, PacketDraw draw);

  LatencyTable within_zone_;
  LatencyTable between_zones_;
  std::uint16_t zones_;
  Probability loss_;
  Probability duplicate_;
  Probability reorder_;

  Rng rng_;  // only forked
  std::vector<Rng> senders_;
  std::vector<std::uint16_t> zone_of_;
  std::vector<DisturbanceEffect> effects_;  // cuts, the latest first; then by id
  std::vector<std::uint64_t> struck_;       // by id
  std::vector<std::uint64_t> met_;          // by id
  bool calm_;                               // datagrams have nothing to fear
  Counters counters_;
};

}  // namespace vf::sim
