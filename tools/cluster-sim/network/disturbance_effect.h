// A disturbance at work: which packets it is about, and which of them it strikes.
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/network/packet_draw.h"

namespace vf::sim {

class DisturbanceEffect {
 public:
  // On which side of a packet the disturbed link is.
  enum class Side : std::uint8_t { kNone, kSender, kReceiver };

  DisturbanceEffect(DisturbanceId id, const Disturbance& disturbance);

  DisturbanceId id() const { return id_; }
  Disturbance::Kind kind() const { return kind_; }

  // REQUIRES: from != to.
  Side Concerns(HostNumber from, HostNumber to, Traffic traffic) const;

  // Whether it strikes this packet. kBurstLoss: also a step of the channel of that side.
  // REQUIRES: Concerns() gave `side`, not kNone; the kind is a matter of chance.
  bool Strikes(Side side, HostNumber from, HostNumber to, PacketDraw draw);
  // REQUIRES: kind() is kLatency.
  Duration Stretched(Duration delay) const;

 private:
  enum class Channel : std::uint8_t { kUnused, kGood, kBad };

  bool Listed(HostNumber host) const { return host < listed_.size() && listed_[host] != 0; }
  bool StepIsBad(Channel& channel, std::uint64_t draw) const;

  DisturbanceId id_;
  Disturbance::Kind kind_;
  std::uint8_t traffic_;
  bool everybody_;
  bool outgoing_;
  bool incoming_;
  std::vector<std::uint8_t> listed_;  // by host; shorter: not
  Probability probability_;
  std::int64_t factor_ = 0;  // in 1,024ths
  bool begins_bad_ = false;  // a disturbance that is short still has a burst
  Probability turns_bad_;
  Probability turns_good_;
  std::vector<Channel> sending_;  // by host, as far as used
  std::vector<Channel> receiving_;
};

}  // namespace vf::sim
