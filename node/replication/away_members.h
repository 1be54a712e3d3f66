// Who is away and may come back with records that were deleted meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

#include "base/time.h"
#include "gossip/types.h"
#include "node/placement/cluster_view.h"

namespace vf {

// A storage member is *away* while it is gone and may come back with what it held (IsAway). One
// whose seat another has taken is settled. Membership lists who is away for as long as that lasts,
// and agrees on it with all others, newcomers too; so who is listed no longer is settled as well.
//
// The clock of a member that is away counts as if it had stopped when it went: it is one of those
// by which deletions have to be old before copies stop telling each other of them (pass_time.h).
// Whoever joins meanwhile gets them with its copy, and they outlive those who saw the member go.
// It counts for a tombstone age after the member is back, too: so long newcomers may hear of an
// old record from it before they hear of the deletion from others.
//
// Thread: none of its own; one owner.
// Limit: an entry for each storage member that is away, or was within a tombstone age.
class AwayMembers {
 public:
  explicit AwayMembers(Duration tombstone_age) : tombstone_age_(tombstone_age) {}

  // `clock`: of this process. REQUIRES: view.joined().
  void Follow(TimePoint now, WallTime clock, const ClusterView& view);
  // How many are away by the newest view that was followed.
  std::size_t count() const { return away_; }
  std::uint64_t seen_view() const { return seen_view_; }  // its number; 0: there is none
  // The earliest of this process's clock and those that stopped.
  WallTime EarliestClock(TimePoint now, WallTime clock);

 private:
  struct Stopped {
    WallTime clock;
    TimePoint counts_until = kNever;  // set once the member is back
  };

  const Duration tombstone_age_;
  std::map<MemberKey, Stopped> stopped_;
  std::size_t away_ = 0;
  std::uint64_t seen_view_ = 0;
};

}  // namespace vf
