#include "tools/cluster-sim/rivals/measured_rivals.h"

#include <memory>
#include <utility>

#include "base/check.h"
#include "base/rng.h"
#include "tools/cluster-sim/network/packet_draw.h"
#include "tools/cluster-sim/rivals/memberlist.h"
#include "tools/cluster-sim/rivals/paper_swim.h"
#include "tools/cluster-sim/rivals/rival_cluster.h"

namespace vf::sim {
namespace {

// Nothing is going on in a cluster at rest; with loss, suspicions come and go at a steady rate
// after three seconds (1,000 members of memberlist, a quarter of the packets lost).
constexpr Duration kSettle = seconds(2);
constexpr Duration kSettleWithLoss = seconds(10);
constexpr Duration kProbeInterval = seconds(1);

MemberBelief BeliefOf(RivalState state) {
  switch (state) {
    case RivalState::kUnknown:
      return MemberBelief::kUnknown;
    case RivalState::kAlive:
      return MemberBelief::kAlive;
    case RivalState::kSuspect:
      return MemberBelief::kSuspect;
    case RivalState::kDead:
      return MemberBelief::kDead;
  }
  VF_CHECK(false, "a state of the list");
}

PacketKind KindOf(RivalMessage::Kind kind) {
  switch (kind) {
    case RivalMessage::Kind::kPing:
      return PacketKind::kPing;
    case RivalMessage::Kind::kAck:
      return PacketKind::kAck;
    case RivalMessage::Kind::kPingRequest:
      return PacketKind::kPingRequest;
    case RivalMessage::Kind::kNack:
      return PacketKind::kNack;
    case RivalMessage::Kind::kGossip:
      return PacketKind::kNews;
    case RivalMessage::Kind::kPushTable:
    case RivalMessage::Kind::kTableReply:
      return PacketKind::kExchange;
    case RivalMessage::Kind::kStreamPing:
    case RivalMessage::Kind::kStreamAck:
      return PacketKind::kOther;
  }
  VF_CHECK(false, "a kind of the list");
}

// What all members of a trial are made with.
struct Options {
  PaperSwimOptions paper;
  MemberlistOptions memberlist;
};

MemberlistOptions MemberlistOptionsOf(Profile profile) {
  if (profile == Profile::kLifeguard) return MemberlistOptions::Lifeguard();
  if (profile == Profile::kMemberlistLan) return MemberlistOptions::Lan();
  MemberlistOptions options = MemberlistOptions::PlainSwim();
  options.local_health = profile == Profile::kLhaProbe;
  options.dynamic_suspicion = profile == Profile::kLhaSuspicion;
  options.buddy = profile == Profile::kBuddy;
  return options;
}

MakeRival MemberMaker(Profile profile) {
  const auto options = std::make_shared<Options>();
  options->memberlist = MemberlistOptionsOf(profile);
  return [options, profile](HostNumber self, HostNumber warm, TimePoint born,
                            const Rng& rng) -> std::unique_ptr<RivalProtocol> {
    if (profile == Profile::kSwim) {
      return std::make_unique<PaperSwim>(options->paper, self, warm, born, rng);
    }
    return std::make_unique<Memberlist>(options->memberlist, self, warm, born, rng);
  };
}

class MeasuredRivals final : public MeasuredCluster {
 public:
  MeasuredRivals(const RivalClusterOptions& options, const MakeRival& make, const Rng& rng)
      : rivals_(options, make, rng,
                [this](TimePoint, HostNumber observer, const RivalEvent& event) {
                  const MemberBelief before = BeliefOf(event.before);
                  const MemberBelief after = BeliefOf(event.state);
                  if (on_belief && before != after) {
                    on_belief(observer, event.subject, before, after);
                  }
                }) {
    rivals_.on_send = [this](HostNumber to, RivalMessage::Kind kind, std::size_t bytes) {
      if (on_packet) on_packet(to, KindOf(kind), bytes);
    };
  }

  TimePoint now() const override { return rivals_.now(); }
  void RunUntil(TimePoint until) override { rivals_.RunUntil(until); }
  Network& network() override { return rivals_.network(); }
  std::size_t hosts() const override { return rivals_.hosts(); }
  bool IsUp(HostNumber host) const override { return !rivals_.crashed(host); }
  void Crash(HostNumber host, bool /*host_up*/) override { rivals_.Crash(host); }
  HostNumber Join(HostNumber contact) override { return rivals_.Join(contact); }
  void SetContact(HostNumber, HostNumber) override {
    VF_CHECK(false, "rivals know whom they begin with");
  }
  void Stop(HostNumber host) override { rivals_.Stop(host); }
  void Block(HostNumber host) override { rivals_.Block(host); }
  void Starve(HostNumber host, Duration cost) override { rivals_.Starve(host, cost); }
  void Continue(HostNumber host) override { rivals_.Continue(host); }
  MemberCounts CountsOf(HostNumber host) const override {
    const NodeTraffic& traffic = rivals_.traffic(host);
    const RivalProtocol& member = rivals_.member(host);
    return {traffic.bytes, traffic.packets, member.counters().failed_probes, member.queue_peak()};
  }
  std::uint64_t ViewOf(HostNumber host) const override {
    const RivalView& view = rivals_.member(host).view();
    std::uint64_t hash = 0;
    for (std::size_t place = 0; place < view.places(); ++place) {
      const HostNumber other = view.HostAt(place);
      const RivalState state = view.StateOf(other);
      if (state == RivalState::kAlive || state == RivalState::kSuspect) {
        hash ^= PacketDraw(other).For(0);
      }
    }
    return hash;
  }
  std::uint64_t trace_hash() const override { return rivals_.trace_hash(); }
  std::uint64_t events() const override { return rivals_.events(); }

 private:
  RivalCluster rivals_;
};

}  // namespace

MakeTrial MakeRivalTrialOn(const NetworkSpec& network) {
  return [network](const MembershipSpec& spec, int number) -> TrialPlan {
    VF_CHECK(IsRival(spec.profile), "not a rival's profile");
    const Rng rng = Rng(spec.seed).Fork(static_cast<std::uint64_t>(number));
    RivalClusterOptions options{static_cast<HostNumber>(spec.nodes), network};
    options.network.loss = spec.loss;
    return {std::make_unique<MeasuredRivals>(options, MemberMaker(spec.profile), rng),
            rng.Fork("trial"), spec.loss > 0 ? kSettleWithLoss : kSettle, seconds(1),
            kProbeInterval};
  };
}

TrialPlan MakeRivalTrial(const MembershipSpec& spec, int number) {
  return MakeRivalTrialOn(NetworkSpec{})(spec, number);
}

}  // namespace vf::sim
