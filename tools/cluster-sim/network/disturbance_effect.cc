#include "tools/cluster-sim/network/disturbance_effect.h"

#include <algorithm>

#include "base/check.h"

namespace vf::sim {
namespace {

constexpr double kBurstPackets = 8;
constexpr double kFactorUnit = 1024;
constexpr double kMaxFactor = 1000;
// kLongestDelay times the greatest factor fits.
static_assert(static_cast<double>(kLongestDelay.count()) * kMaxFactor * kFactorUnit < 0x1p63);

// Purposes of draws; those of the network itself are smaller.
constexpr std::uint64_t PurposeOf(DisturbanceId id) { return 0x100 + std::uint64_t{id}; }

}  // namespace

DisturbanceEffect::DisturbanceEffect(DisturbanceId id, const Disturbance& disturbance)
    : id_(id),
      kind_(disturbance.kind),
      traffic_(static_cast<std::uint8_t>(disturbance.traffic)),
      everybody_(disturbance.hosts.empty()),
      outgoing_(disturbance.outgoing),
      incoming_(disturbance.incoming) {
  for (const HostNumber host : disturbance.hosts) {
    if (host >= listed_.size()) listed_.resize(host + 1);
    listed_[host] = 1;
  }
  switch (kind_) {
    case Disturbance::Kind::kCut:
      return;
    case Disturbance::Kind::kLatency:
      VF_CHECK(disturbance.strength >= 0 && disturbance.strength <= kMaxFactor,
               "a latency factor is between 0 and 1,000");
      factor_ = static_cast<std::int64_t>(disturbance.strength * kFactorUnit + 0.5);
      return;
    case Disturbance::Kind::kLoss:
    case Disturbance::Kind::kDuplicate:
    case Disturbance::Kind::kReorder:
      probability_ = Probability(disturbance.strength);
      return;
    case Disturbance::Kind::kBurstLoss: {
      // In the long run `strength` of the packets meet a bad channel. When the good times between
      // bursts of 8 would be shorter than a packet, the bursts get longer.
      begins_bad_ = disturbance.strength > 0;
      const double odds = disturbance.strength < 1
                              ? disturbance.strength / (1 - disturbance.strength)
                              : kBurstPackets;
      const double good = std::min(1 / kBurstPackets, odds > 0 ? 1 / odds : 1);
      turns_good_ = disturbance.strength < 1 ? Probability(good) : Probability();
      turns_bad_ = Probability(std::min(1.0, odds * good));
      return;
    }
  }
}

DisturbanceEffect::Side DisturbanceEffect::Concerns(HostNumber from, HostNumber to,
                                                    Traffic traffic) const {
  if ((traffic_ & static_cast<std::uint8_t>(traffic)) == 0) return Side::kNone;
  if (everybody_) return Side::kSender;
  const bool sends = Listed(from);
  if (sends == Listed(to)) return Side::kNone;
  if (sends) return outgoing_ ? Side::kSender : Side::kNone;
  return incoming_ ? Side::kReceiver : Side::kNone;
}

bool DisturbanceEffect::Strikes(Side side, HostNumber from, HostNumber to, PacketDraw draw) {
  const std::uint64_t chance = draw.For(PurposeOf(id_));
  if (kind_ != Disturbance::Kind::kBurstLoss) return probability_.Happens(chance);
  std::vector<Channel>& channels = side == Side::kSender ? sending_ : receiving_;
  const HostNumber host = side == Side::kSender ? from : to;
  if (host >= channels.size()) channels.resize(host + 1, Channel::kUnused);
  return StepIsBad(channels[host], chance);
}

bool DisturbanceEffect::StepIsBad(Channel& channel, std::uint64_t draw) const {
  bool bad = false;
  switch (channel) {
    case Channel::kUnused:
      bad = begins_bad_;
      break;
    case Channel::kGood:
      bad = turns_bad_.Happens(draw);
      break;
    case Channel::kBad:
      bad = !turns_good_.Happens(draw);
      break;
  }
  channel = bad ? Channel::kBad : Channel::kGood;
  return bad;
}

Duration DisturbanceEffect::Stretched(Duration delay) const {
  return std::min(kLongestDelay, delay * factor_ / static_cast<std::int64_t>(kFactorUnit));
}

}  // namespace vf::sim
