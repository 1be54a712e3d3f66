// What members believed wrongly of members that ran.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/membership/measured_cluster.h"

namespace vf::sim {

class FalseAlarms {
 public:
  // How things really are between two hosts at this moment.
  struct Truth {
    bool runs = true;              // the subject does
    bool fine = true;              // and nothing is the matter with it, as seen from there
    bool observer_healthy = true;  // nor with the observer
  };

  void OnBelief(TimePoint now, HostNumber observer, HostNumber subject, MemberBelief before,
                MemberBelief after, const Truth& truth);

  // The observer begins to avoid the subject as one that flaps.
  void OnDegraded(const Truth& truth) {
    if (truth.runs && truth.fine && truth.observer_healthy) ++degraded_;
  }

  std::uint64_t suspicions() const { return suspicions_; }
  std::uint64_t deaths() const { return deaths_; }
  std::uint64_t fp() const { return fp_; }
  std::uint64_t fp_healthy() const { return fp_healthy_; }
  // Of healthy members at healthy ones.
  std::uint64_t degraded() const { return degraded_; }
  // How long suspicions lasted that were taken back, in the order of the latter.
  const std::vector<Duration>& refuted() const { return refuted_; }

 private:
  std::uint64_t suspicions_ = 0;
  std::uint64_t deaths_ = 0;
  std::uint64_t fp_ = 0;
  std::uint64_t fp_healthy_ = 0;
  std::uint64_t degraded_ = 0;
  std::map<std::pair<HostNumber, HostNumber>, TimePoint> suspected_;  // observer, subject
  std::vector<Duration> refuted_;
};

}  // namespace vf::sim
