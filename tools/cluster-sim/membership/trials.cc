#include "tools/cluster-sim/membership/trials.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <vector>

#include "base/check.h"
#include "tools/cluster-sim/membership/measurement.h"
#include "tools/cluster-sim/membership/trial.h"

namespace vf::sim {
namespace {

class Summary {
 public:
  explicit Summary(const MembershipSpec& spec) { result_.spec = spec; }

  void Add(const Trial& trial) {
    if (trial.news()) measurements_.Add(*trial.news());
    AddCounts(trial);
    AddAlarms(trial.alarms());
    result_.accusations_by_struck += trial.accusations_by_struck();
    if (trial.oscillations()) {
      for (const std::uint32_t count : trial.oscillations()->counts()) {
        oscillations_.push_back(static_cast<double>(count));
      }
      out_ += static_cast<double>(trial.oscillations()->out());
    }
    result_.view_sizes = std::max(result_.view_sizes, trial.view_sizes());
    result_.views_final = std::max(result_.views_final, trial.views_final());
    result_.stuck += trial.stuck();
    result_.raised += trial.raised();
    AddHealing(trial);
    if (trial.packets()) AddPackets(*trial.packets());
    result_.events += trial.cluster().events();
    result_.virtual_time += trial.passed();
    // In the order of the trials.
    result_.trace_hash = result_.trace_hash * 0x9e3779b97f4a7c15U ^ trial.cluster().trace_hash();
  }

  MembershipResult Result() {
    measurements_.WriteTo(result_);
    result_.refuted_s = QuantilesOf(refuted_);
    result_.oscillations = QuantilesOf(oscillations_);
    if (!oscillations_.empty()) {
      result_.out_share_final = out_ / static_cast<double>(oscillations_.size());
    }
    if (all_touched_) result_.heal_contact_s = QuantilesOf(contacts_);
    if (all_healed_) result_.heal_all_s = QuantilesOf(healings_);
    if (result_.tx_by_kind && node_seconds_ > 0) {
      for (PacketFigures& figures : *result_.tx_by_kind) {
        figures.packets /= node_seconds_;
        figures.bytes /= node_seconds_;
      }
    }
    return result_;
  }

 private:
  void AddCounts(const Trial& trial) {
    std::vector<NodeTraffic> traffic;
    for (const MemberCounts& counts : trial.Counts()) {
      traffic.push_back({counts.bytes, counts.packets});
      result_.tx_bytes += counts.bytes;
      result_.tx_packets += counts.packets;
      result_.accusations += counts.accusations;
      result_.queue_peak = std::max(result_.queue_peak, counts.queue_peak);
    }
    measurements_.AddTraffic(traffic, trial.measured());
    node_seconds_ += static_cast<double>(traffic.size()) * ToSeconds(trial.measured());
  }

  void AddAlarms(const FalseAlarms& alarms) {
    result_.false_suspicions += alarms.suspicions();
    result_.false_deaths += alarms.deaths();
    result_.fp += alarms.fp();
    result_.fp_healthy += alarms.fp_healthy();
    result_.healthy_degraded += alarms.degraded();
    for (const Duration lasted : alarms.refuted()) refuted_.push_back(ToSeconds(lasted));
  }

  void AddHealing(const Trial& trial) {
    if (trial.heal_contact()) {
      contacts_.push_back(ToSeconds(*trial.heal_contact()));
    } else {
      all_touched_ = false;
    }
    if (trial.heal_all()) {
      healings_.push_back(ToSeconds(*trial.heal_all()));
    } else {
      all_healed_ = false;
    }
  }

  void AddPackets(const PacketCensus& census) {
    if (!result_.tx_by_kind) result_.tx_by_kind.emplace();
    for (std::size_t i = 0; i < kPacketKinds; ++i) {
      const PacketCensus::Sum& sum = census.sum(static_cast<PacketKind>(i));
      (*result_.tx_by_kind)[i].packets += static_cast<double>(sum.packets);
      (*result_.tx_by_kind)[i].bytes += static_cast<double>(sum.bytes);
    }
    result_.most_probes = std::max(result_.most_probes.value_or(0), census.most_probes());
  }

  MembershipResult result_;
  MeasurementSummary measurements_;
  std::vector<double> refuted_;
  std::vector<double> oscillations_;
  double out_ = 0;
  std::vector<double> contacts_;
  std::vector<double> healings_;
  bool all_touched_ = true;
  bool all_healed_ = true;
  double node_seconds_ = 0;
};

}  // namespace

MembershipResult RunTrials(const MembershipSpec& spec, const MakeTrial& make,
                           const MembershipProgress& progress) {
  VF_CHECK(ValidateMembershipSpec(spec).ok(), "the spec was not validated");
  Summary summary(spec);
  for (int number = 0; number < spec.trials; ++number) {
    Trial trial(spec, make(spec, number));
    trial.Run([&](Duration passed) {
      if (progress) progress(number, passed);
    });
    summary.Add(trial);
  }
  return summary.Result();
}

}  // namespace vf::sim
