#include "tools/cluster-sim/network/network.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.h"
#include "tools/cluster-sim/network/disturbance_effect.h"

namespace vf::sim {
namespace {

using Kind = Disturbance::Kind;
using Side = DisturbanceEffect::Side;

constexpr Duration kFirstStreamTimeout = milliseconds(200);
constexpr Duration kLongestStreamTimeout = seconds(2);
constexpr int kStreamRepetitions = 8;
constexpr Duration kReorderLeast = milliseconds(1);
constexpr Duration kReorderMost = milliseconds(20);

// What a packet's draw is used for, besides its delay. Append only: the order decides all runs.
enum Purpose : std::uint64_t { kLost, kDuplicated, kCopyDelay, kReordered, kReorderDelay, kAgain };
// Repetitions of a segment: kAgain and the numbers after it. Disturbances begin at 0x100.
static_assert(kAgain + kStreamRepetitions < 0x100);

Duration ReorderDelay(PacketDraw draw) {
  constexpr auto kWidth = static_cast<std::uint64_t>((kReorderMost - kReorderLeast).count());
  // 32 bits of the draw are even enough over 19 ms.
  return kReorderLeast + Duration(((draw.For(kReorderDelay) >> 32) * kWidth) >> 32);
}

Duration StreamTimeout(int tries) {
  // Four doublings pass the longest.
  return std::min(kLongestStreamTimeout, kFirstStreamTimeout * (1 << std::min(tries, 4)));
}

}  // namespace

Network::Network(const NetworkSpec& spec, std::size_t hosts, const Rng& rng)
    : within_zone_(spec.latency),
      between_zones_(spec.zones > 1 ? spec.between_zones : spec.latency),
      zones_(static_cast<std::uint16_t>(spec.zones)),
      loss_(spec.loss),
      duplicate_(spec.duplicate),
      reorder_(spec.reorder),
      rng_(rng),
      calm_(loss_.IsZero() && duplicate_.IsZero() && reorder_.IsZero()) {
  VF_CHECK(spec.zones >= 1 && spec.zones <= std::numeric_limits<std::uint16_t>::max(),
           "1 to 65,535 zones");
  senders_.reserve(hosts);
  zone_of_.reserve(hosts);
  for (std::size_t i = 0; i < hosts; ++i) AddHost();
}

Network::~Network() = default;

void Network::AddHost() {
  const std::size_t host = senders_.size();
  VF_CHECK(host < std::numeric_limits<HostNumber>::max(), "too many hosts");
  senders_.push_back(rng_.Fork(std::uint64_t{host}));
  zone_of_.push_back(static_cast<std::uint16_t>(host % zones_));
}

DisturbanceId Network::Add(const Disturbance& disturbance) {
  for (const HostNumber host : disturbance.hosts) VF_CHECK(host < hosts(), "an unknown host");
  const auto id = static_cast<DisturbanceId>(struck_.size());
  // What a cut stops meets no chance: in a short one a burst of loss could have taken every packet.
  const bool first = disturbance.kind == Kind::kCut;
  effects_.emplace(first ? effects_.begin() : effects_.end(), id, disturbance);
  struck_.push_back(0);
  met_.push_back(0);
  calm_ = false;
  return id;
}

void Network::Remove(DisturbanceId id) {
  VF_CHECK(id < struck_.size(), "an unknown disturbance");
  std::erase_if(effects_, [&](const DisturbanceEffect& effect) { return effect.id() == id; });
  calm_ = effects_.empty() && loss_.IsZero() && duplicate_.IsZero() && reorder_.IsZero();
}

std::uint64_t Network::StruckBy(DisturbanceId id) const {
  VF_CHECK(id < struck_.size(), "an unknown disturbance");
  return struck_[id];
}

std::uint64_t Network::MetBy(DisturbanceId id) const {
  VF_CHECK(id < met_.size(), "an unknown disturbance");
  return met_[id];
}

Duration Network::UndisturbedDelay(HostNumber from, HostNumber to, std::uint64_t draw) const {
  const bool within = zones_ == 1 || zone_of_[from] == zone_of_[to];
  return (within ? within_zone_ : between_zones_).At(draw);
}

Fate Network::SendDatagram(TimePoint now, HostNumber from, HostNumber to) {
  VF_CHECK(from < hosts() && to < hosts(), "an unknown host");
  ++counters_.datagrams;
  const std::uint64_t word = senders_[from].Next();
  if (!calm_ && from != to) return DisturbedFate(now, from, to, word);
  return {1, {now + UndisturbedDelay(from, to, word)}};
}

Fate Network::DisturbedFate(TimePoint now, HostNumber from, HostNumber to, std::uint64_t word) {
  const PacketDraw draw(word);
  if (loss_.Happens(draw.For(kLost))) {
    ++counters_.lost;
    return {};
  }
  bool duplicated = duplicate_.Happens(draw.For(kDuplicated));
  bool reordered = reorder_.Happens(draw.For(kReordered));
  Duration delay = UndisturbedDelay(from, to, word);
  Duration copy_delay = UndisturbedDelay(from, to, draw.For(kCopyDelay));
  for (DisturbanceEffect& effect : effects_) {
    const Side side = effect.Concerns(from, to, Traffic::kDatagrams);
    if (side == Side::kNone) continue;
    ++met_[effect.id()];
    switch (effect.kind()) {
      case Kind::kLatency:
        delay = effect.Stretched(delay);
        copy_delay = effect.Stretched(copy_delay);
        break;
      case Kind::kCut:
        ++struck_[effect.id()];
        ++counters_.lost;
        return {};
      case Kind::kLoss:
      case Kind::kBurstLoss:
        if (!effect.Strikes(side, from, to, draw)) continue;
        ++struck_[effect.id()];
        ++counters_.lost;
        return {};
      case Kind::kDuplicate:
        if (!effect.Strikes(side, from, to, draw)) continue;
        duplicated = true;
        break;
      case Kind::kReorder:
        if (!effect.Strikes(side, from, to, draw)) continue;
        reordered = true;
        break;
    }
    ++struck_[effect.id()];
  }
  if (reordered) {
    ++counters_.reordered;
    delay += ReorderDelay(draw);
  }
  if (!duplicated) return {1, {now + delay}};
  ++counters_.duplicated;
  const auto [first, second] = std::minmax(delay, copy_delay);
  return {2, {now + first, now + second}};
}

TimePoint Network::SendSegment(TimePoint now, HostNumber from, HostNumber to) {
  VF_CHECK(from < hosts() && to < hosts(), "an unknown host");
  ++counters_.segments;
  const std::uint64_t word = senders_[from].Next();
  Duration delay = UndisturbedDelay(from, to, word);
  if (from == to) return now + delay;

  const PacketDraw draw(word);
  for (DisturbanceEffect& effect : effects_) {
    const Side side = effect.Concerns(from, to, Traffic::kStreams);
    if (side == Side::kNone) continue;
    if (effect.kind() == Kind::kCut) {
      ++struck_[effect.id()];
      return kNever;
    }
    if (effect.kind() == Kind::kLatency) {
      ++struck_[effect.id()];
      delay = effect.Stretched(delay);
    }
    if (effect.kind() == Kind::kReorder && effect.Strikes(side, from, to, draw)) {
      ++struck_[effect.id()];
      delay += ReorderDelay(draw);
    }
  }
  Duration waited{};
  for (int tries = 0; tries <= kStreamRepetitions; ++tries) {
    const PacketDraw attempt(tries == 0 ? word
                                        : draw.For(kAgain + static_cast<std::uint64_t>(tries)));
    if (tries > 0) ++counters_.repeated;
    if (!LosesSegment(from, to, attempt)) return now + waited + delay;
    waited += StreamTimeout(tries);
  }
  return kNever;
}

bool Network::LosesSegment(HostNumber from, HostNumber to, PacketDraw draw) {
  if (loss_.Happens(draw.For(kLost))) return true;
  for (DisturbanceEffect& effect : effects_) {
    if (effect.kind() != Kind::kLoss && effect.kind() != Kind::kBurstLoss) continue;
    const Side side = effect.Concerns(from, to, Traffic::kStreams);
    if (side == Side::kNone || !effect.Strikes(side, from, to, draw)) continue;
    ++struck_[effect.id()];
    return true;
  }
  return false;
}

TimePoint Network::NextStreamTry(TimePoint now, int tries) {
  VF_CHECK(tries >= 0, "tries are counted from 0");
  return now + StreamTimeout(tries);
}

Duration Network::Delay(HostNumber from, HostNumber to) {
  VF_CHECK(from < hosts() && to < hosts(), "an unknown host");
  Duration delay = UndisturbedDelay(from, to, senders_[from].Next());
  if (from == to) return delay;
  for (const DisturbanceEffect& effect : effects_) {
    if (effect.kind() != Kind::kLatency) continue;
    if (effect.Concerns(from, to, Traffic::kAll) == Side::kNone) continue;
    ++struck_[effect.id()];
    delay = effect.Stretched(delay);
  }
  return delay;
}

bool Network::IsCut(HostNumber from, HostNumber to, Traffic traffic) const {
  return from != to && std::any_of(effects_.begin(), effects_.end(), [&](const auto& effect) {
           return effect.kind() == Kind::kCut && effect.Concerns(from, to, traffic) != Side::kNone;
         });
}

}  // namespace vf::sim
