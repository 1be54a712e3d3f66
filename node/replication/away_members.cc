#include "node/replication/away_members.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/planted_bug.h"

namespace vf {
namespace {

// What the clock here showed at that moment.
WallTime ClockAt(TimePoint then, TimePoint now, WallTime clock) {
  const auto ago_ms = static_cast<std::uint64_t>(ToMilliseconds(now - std::min(then, now)));
  return {clock.ms - std::min(clock.ms, ago_ms)};
}

std::vector<std::uint64_t> OwnedSeats(const ClusterView& view) {
  std::vector<std::uint64_t> seats;
  for (const ViewMember& member : view.members()) {
    if (member.owns) seats.push_back(member.record.seat);
  }
  std::sort(seats.begin(), seats.end());
  return seats;
}

}  // namespace

void AwayMembers::NoteMet(const ClusterView& view) {
  for (const ViewMember& member : view.members()) met_[member.key()] = member.record.seat;
  for (const ViewMember& member : view.gone()) met_[member.key()] = member.record.seat;
}

void AwayMembers::Follow(TimePoint now, WallTime clock, const ClusterView& view) {
  if (std::exchange(seen_view_, view.number()) == view.number()) return;
  NoteMet(view);
  const std::vector<std::uint64_t> owned_seats = OwnedSeats(view);
  away_ = 0;
  for (auto it = met_.begin(); it != met_.end();) {
    const auto [member, seat] = *it;
    const ViewMember* seen = view.Find(member);
    const auto stopped = stopped_.find(member);
    if (seen != nullptr && seen->record.IsLive()) {
      if (stopped != stopped_.end() && stopped->second.counts_until == kNever) {
        stopped->second.counts_until = now + tombstone_age_;
      }
      ++it;
      continue;
    }
    const bool has_heir = std::binary_search(owned_seats.begin(), owned_seats.end(), seat);
    if (seen == nullptr && (has_heir || !view.MayComeBack(member))) {
      if (stopped != stopped_.end()) stopped_.erase(stopped);
      it = met_.erase(it);
      continue;
    }
    ++away_;
    const ViewMember* gone = seen != nullptr ? seen : view.FindGone(member);
    const TimePoint since = gone != nullptr ? gone->since : now;
    // One that is away again before it ceased to count goes on counting from the first time.
    Stopped& entry =
        stopped_.try_emplace(member, Stopped{ClockAt(since, now, clock)}).first->second;
    entry.counts_until = kNever;
    ++it;
  }
}

WallTime AwayMembers::EarliestClock(TimePoint now, WallTime clock) {
  if (VF_PLANTED(kForgottenWhileAway) || VF_PLANTED(kCollectedUnasked)) return clock;
  std::erase_if(stopped_, [&](const auto& entry) { return entry.second.counts_until <= now; });
  for (const auto& entry : stopped_) clock = std::min(clock, entry.second.clock);
  return clock;
}

}  // namespace vf
