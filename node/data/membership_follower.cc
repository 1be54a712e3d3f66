#include "node/data/membership_follower.h"

#include <utility>

#include "base/check.h"
#include "node/placement/partition.h"

namespace vf {

FollowerSteps MembershipFollower::OnMembership(TimePoint now, SharedMembership membership) {
  const DataSettings& settings = plane_.settings;
  if (membership->joined && membership->foundation.IsFounded()) {
    const int replicas = membership->settings.replicas;
    if (settings.min_acks.value_or(0) > replicas) {
      FollowerSteps steps;
      steps.refusal = "--min-acks " + std::to_string(*settings.min_acks) +
                      " is above the cluster's K of " + std::to_string(replicas) + " (--replicas)";
      return steps;
    }
    if (settings.stores && plane_.copies() == nullptr) {
      FollowerSteps steps;
      steps.refusal = plane_.MakeCopies(PartitionCount(membership->settings.partition_digits),
                                        seconds(membership->settings.tombstone_age_s));
      if (!steps.refusal.empty()) return steps;
    }
  }
  membership_ = std::move(membership);
  return Publish(now);
}

// A view changes by itself when the grace of a member ends.
FollowerSteps MembershipFollower::OnTimer(TimePoint now) {
  return NextDeadline() <= now ? Publish(now) : FollowerSteps();
}

FollowerSteps MembershipFollower::Publish(TimePoint now) {
  const SharedClusterView view = builder_.Build(now, *membership_);
  plane_.views.Publish(view);
  FollowerSteps steps;
  steps.view_published = true;
  if (!plane_.settings.stores && view->joined() && view->HasOwners() && !announced_) {
    announced_ = true;
    steps.announce_ready = true;
  }
  return steps;
}

PeerHello MembershipFollower::Hello(const MembershipSnapshot& membership) const {
  const Member* const self = membership.members.Find(plane_.self);
  VF_CHECK(self != nullptr, "a snapshot without its own process");
  PeerHello hello;
  hello.cluster_hash = cluster_hash_;
  hello.foundation = membership.foundation;
  hello.key = plane_.self;
  hello.boot = self->record.boot;
  hello.replicas = membership.settings.replicas;
  hello.partition_digits = membership.settings.partition_digits;
  return hello;
}

}  // namespace vf
