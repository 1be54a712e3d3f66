// What a process that serves data makes of its membership: the views that its data threads work
// with, its copies once the number of partitions is known, and whether it belongs here at all.
//
// Driver: hand in each snapshot and, at NextDeadline(), the time; then do what the steps say.
//
// Thread: none of its own, that of the membership; Hello() may be called by any.
#pragma once

#include <cstdint>
#include <string>

#include "base/time.h"
#include "gossip/types.h"
#include "gossip/wire/hello.h"
#include "node/data/data_plane.h"
#include "node/placement/cluster_view.h"

namespace vf {

// What is left to the driver.
struct FollowerSteps {
  // DataDriver::OnViewPublished() on every data thread, now.
  bool view_published = false;
  // Swim::SetPhase(kReady), nobody first: a frontend without storage has found owners. Once.
  bool announce_ready = false;
  // Not empty: this process cannot serve in this cluster, with the reason. It is to end.
  std::string refusal;
};

class MembershipFollower {
 public:
  // `cluster_hash`: HashClusterName(--cluster). The plane outlives this object.
  MembershipFollower(DataPlane& plane, std::uint32_t cluster_hash)
      : plane_(plane), cluster_hash_(cluster_hash) {}

  // A snapshot that differs from the one before.
  FollowerSteps OnMembership(TimePoint now, SharedMembership membership);
  // Early is harmless.
  FollowerSteps OnTimer(TimePoint now);
  TimePoint NextDeadline() const { return builder_.NextDeadline(); }

  // Who this process is to its peers, as of `membership`, its own; without a nonce. With a boot
  // number that is not its own any more, nothing that it says in an exchange of members would
  // count.
  PeerHello Hello(const MembershipSnapshot& membership) const;

 private:
  FollowerSteps Publish(TimePoint now);

  DataPlane& plane_;
  const std::uint32_t cluster_hash_;
  ClusterViewBuilder builder_;
  SharedMembership membership_;  // the newest that was published; null: none yet
  bool announced_ = false;
};

}  // namespace vf
