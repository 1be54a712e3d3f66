#include "tools/cluster-sim/membership/measured_members.h"

#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/check.h"
#include "gossip/wire/codec.h"
#include "tools/cluster-sim/membership/fault_course.h"
#include "tools/cluster-sim/membership/member_cluster.h"

namespace vf::sim {
namespace {

// So many probe intervals pass before a fault: timeouts follow the round trips by then.
constexpr int kSettleIntervals = 8;
constexpr std::uint64_t kHeaderBytes = 28;  // UDP and IPv4

SwimConfig ConfigOf(Profile profile) {
  switch (profile) {
    case Profile::kLan:
      return SwimConfig::Lan();
    case Profile::kLan1s: {
      SwimConfig config = SwimConfig::Lan();
      config.probe_interval = seconds(1);
      return config;
    }
    case Profile::kCloud:
      return SwimConfig::Cloud();
    case Profile::kWan:
      return SwimConfig::Wan();
    case Profile::kMemberlistLan:
    case Profile::kSwimBaseline:
    case Profile::kSwim:
    case Profile::kLifeguard:
    case Profile::kLhaProbe:
    case Profile::kLhaSuspicion:
    case Profile::kBuddy:
      break;
  }
  VF_CHECK(false, "a profile of another protocol");
}

LatencySpec LatencyOf(Profile profile) {
  if (profile == Profile::kCloud) return {microseconds(500), milliseconds(2)};
  if (profile == Profile::kWan) return {milliseconds(25), milliseconds(60)};
  return {};
}

MemberBelief BeliefOf(const std::optional<MemberState>& state) {
  if (!state) return MemberBelief::kUnknown;
  switch (*state) {
    case MemberState::kAlive:
      return MemberBelief::kAlive;
    case MemberState::kSuspect:
      return MemberBelief::kSuspect;
    case MemberState::kDead:
    case MemberState::kLeft:
      return MemberBelief::kDead;
  }
  VF_CHECK(false, "a state of the list");
}

struct KindOfMessage {
  PacketKind operator()(const Ping&) const { return PacketKind::kPing; }
  PacketKind operator()(const PingAck&) const { return PacketKind::kAck; }
  PacketKind operator()(const PingReq&) const { return PacketKind::kPingRequest; }
  PacketKind operator()(const PingNack&) const { return PacketKind::kNack; }
  PacketKind operator()(const Alive&) const { return PacketKind::kNews; }
  PacketKind operator()(const Suspect&) const { return PacketKind::kNews; }
  PacketKind operator()(const Dead&) const { return PacketKind::kNews; }
  PacketKind operator()(const Left&) const { return PacketKind::kNews; }
  PacketKind operator()(const Batch&) const { return PacketKind::kNews; }
  PacketKind operator()(const Digest&) const { return PacketKind::kExchange; }
  PacketKind operator()(const Exchange&) const { return PacketKind::kExchange; }
  PacketKind operator()(const Join&) const { return PacketKind::kJoin; }
  PacketKind operator()(const JoinOk&) const { return PacketKind::kJoin; }
  PacketKind operator()(const JoinNo&) const { return PacketKind::kJoin; }
  PacketKind operator()(const NotMe&) const { return PacketKind::kOther; }
  PacketKind operator()(const Report&) const { return PacketKind::kOther; }
};

PacketKind KindOf(ByteSpan datagram) {
  const auto decoded = DecodePacket(datagram);
  const Packet* packet = std::get_if<Packet>(&decoded);
  VF_CHECK(packet != nullptr, "a member sent what nobody understands");
  if (packet->messages.empty()) return PacketKind::kOther;
  return std::visit(KindOfMessage{}, packet->messages.front());
}

// `Cluster`: a BasicMemberCluster.
template <typename Cluster>
class MeasuredMembers final : public MeasuredCluster {
 public:
  explicit MeasuredMembers(const MemberClusterOptions& options) : members_(options) {
    members_.on_belief = [this](HostNumber observer, HostNumber subject,
                                const BeliefChange& change) {
      const MemberBelief before = BeliefOf(change.before);
      const MemberBelief after = BeliefOf(change.after);
      if (on_belief && before != after) on_belief(observer, subject, before, after);
    };
    members_.on_degraded = [this](HostNumber observer, HostNumber subject, bool degraded) {
      if (on_degraded) on_degraded(observer, subject, degraded);
    };
  }

  TimePoint now() const override { return members_.now(); }
  void RunUntil(TimePoint until) override {
    if (on_packet && !members_.on_send) {
      members_.on_send = [this](HostNumber, HostNumber to, ByteSpan bytes) {
        on_packet(to, KindOf(bytes), bytes.size() + kHeaderBytes);
      };
    }
    members_.RunUntil(until);
  }
  Network& network() override { return members_.network(); }
  std::size_t hosts() const override { return members_.hosts(); }
  bool IsUp(HostNumber host) const override { return members_.IsUp(host); }
  void Crash(HostNumber host, bool host_up) override { members_.Crash(host, host_up); }
  HostNumber Join(HostNumber contact) override { return members_.Join(contact); }
  void SetContact(HostNumber host, HostNumber contact) override {
    members_.SetContact(host, contact);
  }
  void Stop(HostNumber host) override { members_.Stop(host); }
  void Block(HostNumber host) override { members_.Block(host); }
  void Starve(HostNumber host, Duration cost) override { members_.Starve(host, cost); }
  void Continue(HostNumber host) override { members_.Continue(host); }
  MemberCounts CountsOf(HostNumber host) const override {
    const SwimCounters& counters = members_.counters(host);
    return {counters.bytes_out + kHeaderBytes * counters.datagrams_out, counters.datagrams_out,
            counters.suspicions_raised, counters.queue_peak};
  }
  std::uint64_t ViewOf(HostNumber host) const override { return members_.table(host).view_hash(); }
  std::uint64_t trace_hash() const override { return members_.trace_hash(); }
  std::uint64_t events() const override { return members_.events(); }

 private:
  Cluster members_;
};

}  // namespace

TrialPlan MakeMemberTrial(const MembershipSpec& spec, int number) {
  const std::uint64_t seed = Rng(spec.seed).Fork(static_cast<std::uint64_t>(number)).Next();
  MemberClusterOptions options;
  options.nodes = static_cast<std::size_t>(spec.nodes);
  options.config = ConfigOf(spec.profile);
  options.network.latency = LatencyOf(spec.profile);
  options.network.loss = spec.loss;
  options.seed = seed;
  const Duration interval = options.config.probe_interval;
  if (spec.never_met) {
    for (HostNumber host = 0; host < options.nodes; ++host) {
      options.islands.push_back(FirstIslandOf(spec, host));
    }
  }
  // A fault of which nobody is to know when it comes needs something to come before it.
  const bool settles = spec.fault != MembershipFault::kNone && !spec.never_met;
  std::unique_ptr<MeasuredCluster> cluster;
  if (spec.tables == TableMode::kFull) {
    cluster = std::make_unique<MeasuredMembers<FullMemberCluster>>(options);
  } else {
    cluster = std::make_unique<MeasuredMembers<MemberCluster>>(options);
  }
  return {std::move(cluster), Rng(seed).Fork("fault"),
          settles ? kSettleIntervals * interval : Duration::zero(), interval, interval};
}

}  // namespace vf::sim
