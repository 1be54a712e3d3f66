#include "tools/cluster-sim/rivals/rival_run.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/rng.h"
#include "tools/cluster-sim/engine/trace_hash.h"
#include "tools/cluster-sim/membership/measurement.h"
#include "tools/cluster-sim/rivals/memberlist.h"
#include "tools/cluster-sim/rivals/paper_swim.h"
#include "tools/cluster-sim/rivals/rival_cluster.h"

namespace vf::sim {
namespace {

// Nothing is going on in a cluster at rest; with loss, suspicions come and go at a steady rate
// after three seconds (1,000 members of memberlist, a quarter of the packets lost).
constexpr Duration kSettle = seconds(2);
constexpr Duration kSettleWithLoss = seconds(10);
constexpr Duration kPatience = minutes(5);
constexpr Duration kRest = minutes(1);  // of a trial in which nothing happens
constexpr std::uint64_t kEventsBetweenProgress = 1 << 18;

class Trial {
 public:
  Trial(const MembershipSpec& spec, const NetworkSpec& network, const MakeRival& make,
        const Rng& rng)
      : spec_(spec),
        rng_(rng.Fork("trial")),
        cluster_({static_cast<HostNumber>(spec.nodes), network}, make, rng,
                 [this](TimePoint now, HostNumber observer, const RivalEvent& event) {
                   Learned(now, observer, event);
                 }) {}

  // `tick` is called now and then with the time that has passed.
  template <typename Tick>
  void Run(const Tick& tick) {
    const TimePoint began = cluster_.now();
    const auto tell = [&] { tick(cluster_.now() - began); };
    const Duration settle = spec_.loss > 0 ? kSettleWithLoss : kSettle;
    // No member's tick is to know when the fault comes.
    RunUntil(began + settle + rng_.Between(Duration::zero(), seconds(1)), false, tell);
    counting_ = true;
    fault_ = cluster_.now();
    for (HostNumber host = 0; host < cluster_.hosts(); ++host) {
      before_.push_back(cluster_.traffic(host));
    }
    Strike();
    const Duration rest = spec_.fault == MembershipFault::kNone ? kRest : kPatience;
    RunUntil(fault_ + spec_.duration.value_or(rest), !spec_.duration.has_value(), tell);
    passed_ = cluster_.now() - began;
  }

  void AddTo(MembershipResult& result, MeasurementSummary& summary) const {
    if (measurement_) summary.Add(*measurement_);
    std::vector<NodeTraffic> sent;
    for (HostNumber host = 0; host < before_.size(); ++host) {
      if (cluster_.crashed(host)) continue;
      const NodeTraffic& after = cluster_.traffic(host);
      sent.push_back({after.bytes - before_[host].bytes, after.packets - before_[host].packets});
    }
    if (cluster_.now() > fault_) summary.AddTraffic(sent, cluster_.now() - fault_);
    result.false_suspicions += false_suspicions_;
    result.false_deaths += false_deaths_;
    result.events += cluster_.events();
    result.virtual_time += passed_;
  }

  std::uint64_t trace_hash() const { return cluster_.trace_hash(); }

 private:
  template <typename Tell>
  void RunUntil(TimePoint until, bool may_end, const Tell& tell) {
    std::uint64_t events = 0;
    while (!(may_end && AllKnow()) && cluster_.Step(until)) {
      if (++events % kEventsBetweenProgress == 0) tell();
    }
  }

  bool AllKnow() const {
    if (!measurement_) return false;
    return measurement_->AllKnow(spec_.fault == MembershipFault::kJoin ? News::kVisible
                                                                       : News::kDead);
  }

  void Strike() {
    if (spec_.fault == MembershipFault::kNone) return;
    std::vector<HostNumber> members;
    for (HostNumber host = 0; host < cluster_.hosts(); ++host) members.push_back(host);
    const auto chosen = rng_.Sample(members, static_cast<std::size_t>(spec_.faults));
    if (spec_.fault != MembershipFault::kJoin) {
      measurement_ = std::make_unique<TrialMeasurement>(fault_, chosen, cluster_.hosts(), chosen);
      for (const HostNumber host : chosen) cluster_.Crash(host);
      return;
    }
    std::vector<HostNumber> joining;
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      joining.push_back(static_cast<HostNumber>(members.size() + i));
    }
    measurement_ = std::make_unique<TrialMeasurement>(
        fault_, joining, members.size() + joining.size(), std::vector<HostNumber>{});
    for (const HostNumber contact : chosen) cluster_.Join(contact);
  }

  void Learned(TimePoint now, HostNumber observer, const RivalEvent& event) {
    if (!counting_) return;
    const bool crashed = cluster_.crashed(event.subject);
    switch (event.state) {
      case RivalState::kSuspect:
        if (!crashed && event.before != RivalState::kSuspect) ++false_suspicions_;
        if (measurement_) measurement_->Learned(now, News::kSuspect, observer, event.subject);
        break;
      case RivalState::kDead:
        if (!crashed) ++false_deaths_;
        if (measurement_) measurement_->Learned(now, News::kDead, observer, event.subject);
        break;
      case RivalState::kAlive:
        if (measurement_) measurement_->Learned(now, News::kVisible, observer, event.subject);
        break;
      case RivalState::kUnknown:
        break;
    }
  }

  const MembershipSpec& spec_;
  Rng rng_;
  RivalCluster cluster_;
  bool counting_ = false;
  TimePoint fault_;
  Duration passed_{};
  std::unique_ptr<TrialMeasurement> measurement_;
  std::vector<NodeTraffic> before_;
  std::uint64_t false_suspicions_ = 0;
  std::uint64_t false_deaths_ = 0;
};

}  // namespace

MembershipResult RunRivalOn(const NetworkSpec& network, const MembershipSpec& spec,
                            const MembershipProgress& progress) {
  VF_CHECK(spec.profile == Profile::kSwim || spec.profile == Profile::kMemberlistLan,
           "not a rival's profile");
  VF_CHECK(spec.nodes > 1 && spec.trials > 0, "nothing to measure");
  VF_CHECK(spec.fault == MembershipFault::kNone || (spec.faults > 0 && spec.faults < spec.nodes),
           "some members must be left to learn of it");
  const PaperSwimOptions swim;
  const MemberlistOptions memberlist;
  const MakeRival make = [&](HostNumber self, HostNumber warm, TimePoint born,
                             const Rng& rng) -> std::unique_ptr<RivalProtocol> {
    if (spec.profile == Profile::kSwim) {
      return std::make_unique<PaperSwim>(swim, self, warm, born, rng);
    }
    return std::make_unique<Memberlist>(memberlist, self, warm, born, rng);
  };
  NetworkSpec with_loss = network;
  with_loss.loss = spec.loss;

  MembershipResult result;
  result.spec = spec;
  MeasurementSummary summary;
  TraceHash trace;
  const Rng rng(spec.seed);
  for (int number = 0; number < spec.trials; ++number) {
    Trial trial(spec, with_loss, make, rng.Fork(static_cast<std::uint64_t>(number)));
    trial.Run([&](Duration passed) {
      if (progress) progress(number, passed);
    });
    trial.AddTo(result, summary);
    std::array<std::byte, 8> hash;
    StoreLittleEndian(hash.data(), trial.trace_hash());
    trace.Add(TimePoint{}, 0, static_cast<std::uint32_t>(number), hash);
    if (progress) progress(number + 1, Duration::zero());
  }
  summary.WriteTo(result);
  result.trace_hash = trace.value();
  return result;
}

MembershipResult RunRival(const MembershipSpec& spec, const MembershipProgress& progress) {
  return RunRivalOn(NetworkSpec{}, spec, progress);
}

}  // namespace vf::sim
