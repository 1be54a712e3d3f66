#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "tools/cluster-sim/membership/measurement.h"
#include "tools/cluster-sim/membership/member_cluster.h"
#include "tools/cluster-sim/membership/membership_spec.h"
#include "tools/cluster-sim/rivals/rival_run.h"

namespace vf::sim {
namespace {

constexpr Duration kLongestTrial = minutes(5);
constexpr Duration kIdleTrial = seconds(60);
// So many probe intervals pass before a fault: timeouts follow the round trips by then.
constexpr int kSettleIntervals = 8;
constexpr std::uint64_t kHeaderBytes = 28;  // UDP and IPv4
// How often is looked whether all know.
constexpr Duration kLook = milliseconds(10);

SwimConfig ConfigOf(Profile profile) {
  switch (profile) {
    case Profile::kLan:
      return SwimConfig::Lan();
    case Profile::kCloud:
      return SwimConfig::Cloud();
    case Profile::kWan:
      return SwimConfig::Wan();
    case Profile::kMemberlistLan:
    case Profile::kSwim:
      break;
  }
  VF_CHECK(false, "a profile of another protocol");
}

LatencySpec LatencyOf(Profile profile) {
  if (profile == Profile::kCloud) return {microseconds(500), milliseconds(2)};
  if (profile == Profile::kWan) return {milliseconds(25), milliseconds(60)};
  return {};
}

News LastNewsOf(MembershipFault fault) {
  return fault == MembershipFault::kJoin ? News::kVisible : News::kDead;
}

// One trial.
class Trial {
 public:
  Trial(const MembershipSpec& spec, std::uint64_t seed)
      : spec_(spec), rng_(Rng(seed).Fork("fault")), cluster_(OptionsOf(spec, seed)) {
    cluster_.on_belief = [this](HostNumber observer, HostNumber subject,
                                const BeliefChange& change) {
      OnBelief(observer, subject, change);
    };
  }

  void Run(const std::function<void(Duration passed)>& progress) {
    begin_ = cluster_.now();
    if (spec_.fault != MembershipFault::kNone) {
      const Duration interval = ConfigOf(spec_.profile).probe_interval;
      Advance(begin_ + kSettleIntervals * interval + rng_.Between(Duration::zero(), interval),
              progress);
      Strike();
    }
    NoteTraffic(before_);
    const TimePoint fault = cluster_.now();
    measuring_ = true;
    if (spec_.duration || spec_.fault == MembershipFault::kNone) {
      Advance(fault + spec_.duration.value_or(kIdleTrial), progress);
    } else {
      while (!measurement_->AllKnow(LastNewsOf(spec_.fault)) &&
             cluster_.now() < fault + kLongestTrial) {
        Advance(cluster_.now() + kLook, progress);
      }
    }
    measured_ = cluster_.now() - fault;
  }

  void AddTo(MembershipResult& result, MeasurementSummary& summary) {
    if (measurement_) summary.Add(*measurement_);
    std::vector<NodeTraffic> after;
    NoteTraffic(after);
    std::vector<NodeTraffic> sent;
    for (HostNumber host = 0; host < before_.size(); ++host) {
      if (!cluster_.IsUp(host)) continue;
      sent.push_back(
          {after[host].bytes - before_[host].bytes, after[host].packets - before_[host].packets});
    }
    summary.AddTraffic(sent, measured_);
    result.false_suspicions += false_suspicions_;
    result.false_deaths += false_deaths_;
    result.events += cluster_.events();
    result.virtual_time += cluster_.now() - begin_;
  }
  std::uint64_t trace_hash() const { return cluster_.trace_hash(); }

 private:
  static MemberClusterOptions OptionsOf(const MembershipSpec& spec, std::uint64_t seed) {
    MemberClusterOptions options;
    options.nodes = static_cast<std::size_t>(spec.nodes);
    options.config = ConfigOf(spec.profile);
    options.network.latency = LatencyOf(spec.profile);
    options.network.loss = spec.loss;
    options.seed = seed;
    return options;
  }

  void Advance(TimePoint until, const std::function<void(Duration passed)>& progress) {
    constexpr Duration kStep = milliseconds(500);
    while (cluster_.now() < until) {
      cluster_.RunUntil(std::min(until, cluster_.now() + kStep));
      progress(cluster_.now() - begin_);
    }
  }

  void Strike() {
    const std::size_t members = cluster_.hosts();
    const bool join = spec_.fault == MembershipFault::kJoin;
    std::vector<HostNumber> hosts;
    for (std::size_t i = 0; i < (join ? static_cast<std::size_t>(spec_.faults) : members); ++i) {
      hosts.push_back(static_cast<HostNumber>(join ? members + i : i));
    }
    const std::vector<HostNumber> subjects =
        rng_.Sample(hosts, static_cast<std::size_t>(spec_.faults));
    measurement_.emplace(cluster_.now(), subjects, join ? members + subjects.size() : members,
                         subjects);
    for (const HostNumber subject : subjects) {
      if (join) {
        cluster_.Join(static_cast<HostNumber>(rng_.Uniform(members)));
      } else {
        cluster_.Crash(subject, spec_.fault == MembershipFault::kProcessCrash);
      }
    }
  }

  void OnBelief(HostNumber observer, HostNumber subject, const BeliefChange& change) {
    if (!measuring_) return;
    const bool dead = change.after == MemberState::kDead;
    const bool suspect = change.after == MemberState::kSuspect;
    if (suspect || dead) {
      if (cluster_.IsUp(subject)) ++(dead ? false_deaths_ : false_suspicions_);
      if (measurement_) {
        measurement_->Learned(cluster_.now(), dead ? News::kDead : News::kSuspect, observer,
                              subject);
      }
    } else if (change.after == MemberState::kAlive && measurement_) {
      measurement_->Learned(cluster_.now(), News::kVisible, observer, subject);
    }
  }

  void NoteTraffic(std::vector<NodeTraffic>& traffic) const {
    traffic.resize(cluster_.hosts());
    for (HostNumber host = 0; host < cluster_.hosts(); ++host) {
      if (!cluster_.IsUp(host)) continue;
      const SwimCounters& counters = cluster_.counters(host);
      traffic[host] = {counters.bytes_out + kHeaderBytes * counters.datagrams_out,
                       counters.datagrams_out};
    }
  }

  MembershipSpec spec_;
  Rng rng_;
  MemberCluster cluster_;
  TimePoint begin_;
  std::optional<TrialMeasurement> measurement_;
  std::vector<NodeTraffic> before_;
  bool measuring_ = false;
  Duration measured_{};
  std::uint64_t false_suspicions_ = 0;
  std::uint64_t false_deaths_ = 0;
};

}  // namespace

MembershipResult RunMembership(const MembershipSpec& spec, const MembershipProgress& progress) {
  VF_CHECK(ValidateMembershipSpec(spec).ok(), "the spec was not validated");
  if (spec.profile == Profile::kSwim || spec.profile == Profile::kMemberlistLan) {
    return RunRival(spec, progress);
  }
  MembershipResult result;
  result.spec = spec;
  MeasurementSummary summary;
  const Rng seeds(spec.seed);
  for (int i = 0; i < spec.trials; ++i) {
    Trial trial(spec, seeds.Fork(static_cast<std::uint64_t>(i)).Next());
    trial.Run([&](Duration passed) {
      if (progress) progress(i, passed);
    });
    trial.AddTo(result, summary);
    // In the order of the trials.
    result.trace_hash = result.trace_hash * 0x9e3779b97f4a7c15U ^ trial.trace_hash();
  }
  summary.WriteTo(result);
  return result;
}

}  // namespace vf::sim
