#include "tools/cluster-sim/membership/false_alarms.h"

namespace vf::sim {

void FalseAlarms::OnBelief(TimePoint now, HostNumber observer, HostNumber subject,
                           MemberBelief /*before*/, MemberBelief after, const Truth& truth) {
  if (!truth.runs) return;
  if (after == MemberBelief::kSuspect) {
    ++suspicions_;
    suspected_[{observer, subject}] = now;
    return;
  }
  const auto suspected = suspected_.find({observer, subject});
  if (suspected != suspected_.end()) {
    if (after == MemberBelief::kAlive) refuted_.push_back(now - suspected->second);
    suspected_.erase(suspected);
  }
  if (after != MemberBelief::kDead) return;
  ++deaths_;
  if (!truth.fine) return;
  ++fp_;
  if (truth.observer_healthy) ++fp_healthy_;
}

}  // namespace vf::sim
