#include "node/replication/away_members.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/planted_bug.h"

namespace vf {
namespace {

// What the clock here showed at that moment.
WallTime ClockAt(TimePoint then, TimePoint now, WallTime clock) {
  const auto ago_ms = static_cast<std::uint64_t>(ToMilliseconds(now - std::min(then, now)));
  return {clock.ms - std::min(clock.ms, ago_ms)};
}

}  // namespace

void AwayMembers::Follow(TimePoint now, WallTime clock, const ClusterView& view) {
  VF_CHECK(view.joined(), "who has not joined knows of nobody");
  if (std::exchange(seen_view_, view.number()) == view.number()) return;
  const std::vector<const ViewMember*> away = view.Away();
  away_ = away.size();
  for (const ViewMember* member : away) {
    // One that is away again before it ceased to count goes on counting from the first time.
    const Stopped began{ClockAt(member->since, now, clock)};
    stopped_.try_emplace(member->key(), began).first->second.counts_until = kNever;
  }
  for (auto it = stopped_.begin(); it != stopped_.end();) {
    const MemberKey key = it->first;
    const ViewMember* seen = view.Find(key);
    const bool is_away = std::any_of(
        away.begin(), away.end(), [key](const ViewMember* member) { return member->key() == key; });
    const bool is_back = seen != nullptr && seen->record.IsLive();
    if (is_back && it->second.counts_until == kNever) {
      it->second.counts_until = now + tombstone_age_;
    }
    it = is_away || is_back ? std::next(it) : stopped_.erase(it);
  }
}

WallTime AwayMembers::EarliestClock(TimePoint now, WallTime clock) {
  if (VF_PLANTED(kForgottenWhileAway) || VF_PLANTED(kCollectedUnasked)) return clock;
  std::erase_if(stopped_, [&](const auto& entry) { return entry.second.counts_until <= now; });
  for (const auto& entry : stopped_) clock = std::min(clock, entry.second.clock);
  return clock;
}

}  // namespace vf
