// One trial: a cluster settles, a fault strikes, and everything about it is measured.
//
// Thread: none of its own. One use: Run(), then the rest.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "tools/cluster-sim/membership/false_alarms.h"
#include "tools/cluster-sim/membership/fault_course.h"
#include "tools/cluster-sim/membership/measured_cluster.h"
#include "tools/cluster-sim/membership/measurement.h"
#include "tools/cluster-sim/membership/membership_spec.h"
#include "tools/cluster-sim/membership/oscillations.h"
#include "tools/cluster-sim/membership/packet_census.h"
#include "tools/cluster-sim/membership/pair_set.h"
#include "tools/cluster-sim/membership/trial_plan.h"
#include "tools/cluster-sim/membership/view_sizes.h"

namespace vf::sim {

class Trial {
 public:
  using ProgressFn = std::function<void(Duration passed)>;

  // `spec` outlives this object.
  Trial(const MembershipSpec& spec, TrialPlan plan);
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  void Run(const ProgressFn& progress);

  // --- What was measured, all from the fault on ---
  const MeasuredCluster& cluster() const { return *plan_.cluster; }
  const std::optional<TrialMeasurement>& news() const { return news_; }
  const FalseAlarms& alarms() const { return alarms_; }
  const std::optional<Oscillations>& oscillations() const { return oscillations_; }
  const std::optional<PacketCensus>& packets() const { return packets_; }
  std::uint64_t view_sizes() const { return view_sizes_->different(); }
  std::uint64_t views_final() const;  // of healthy members
  std::uint64_t stuck() const;
  std::uint64_t raised() const { return raised_; }
  // Suspicions that struck members raised themselves, of those that still run.
  std::uint64_t accusations_by_struck() const;
  // Of members that were there before and still run.
  std::vector<MemberCounts> Counts() const;
  // After the cut has healed. None: there was none, or it never came to that.
  std::optional<Duration> heal_contact() const { return heal_contact_; }
  std::optional<Duration> heal_all() const { return heal_all_; }
  Duration measured() const { return measured_; }
  Duration passed() const { return passed_; }

 private:
  void BeginToMeasure();
  std::vector<std::size_t> SizesAtFirst() const;
  void NoteStrangers();
  void Advance(TimePoint until, const ProgressFn& progress);
  bool IsOver() const;
  void OnBelief(HostNumber observer, HostNumber subject, MemberBelief before, MemberBelief after);
  void OnDegraded(HostNumber observer, HostNumber subject, bool degraded);
  // How things are between two that may believe something of each other.
  FalseAlarms::Truth TruthOf(HostNumber observer, HostNumber subject) const;
  void NoteNews(HostNumber observer, HostNumber subject, MemberBelief after);
  void NoteHealing(HostNumber observer, HostNumber subject, MemberBelief before,
                   MemberBelief after);
  bool IsHealthy(HostNumber host) const;

  const MembershipSpec& spec_;
  TrialPlan plan_;
  std::optional<FaultCourse> course_;
  bool measuring_ = false;
  TimePoint began_;
  TimePoint healed_at_ = kNever;
  Duration measured_{};
  Duration passed_{};

  std::vector<MemberCounts> before_;  // by host
  std::optional<TrialMeasurement> news_;
  FalseAlarms alarms_;
  std::optional<Oscillations> oscillations_;
  std::optional<PacketCensus> packets_;
  std::optional<ViewSizes> view_sizes_;
  PairSet out_;   // running members that are believed suspect or dead, or not known yet
  PairSet gone_;  // of these, dead
  std::uint64_t raised_ = 0;
  std::optional<Duration> heal_contact_;
  std::optional<Duration> heal_all_;
};

}  // namespace vf::sim
