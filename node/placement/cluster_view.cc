#include "node/placement/cluster_view.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hash64.h"
#include "base/planted_bug.h"
#include "gossip/members/member_order.h"

namespace vf {
namespace {

bool Contains(const std::vector<MemberKey>& members, MemberKey member) {
  return std::find(members.begin(), members.end(), member) != members.end();
}

// Whether this dead or left member may come back as the one it was.
bool MayReturn(const MemberRecord& record) {
  if (record.state == MemberState::kLeft) return record.leave_kind == LeaveKind::kStopped;
  return record.death_reason == DeathReason::kTimeout ||
         record.death_reason == DeathReason::kRefused;
}

// Whether it may come back with its place.
bool EndLeavesGrace(const MemberRecord& record) {
  return record.owned_at_end && MayReturn(record) && record.phase != Phase::kDraining;
}

bool HoldsDataWhileAway(const MemberRecord& record) {
  return MayReturn(record) && !record.IsMemoryOnly();
}

// Whether its copies went elsewhere before it ended, or are to be waited for no more.
bool IsSettled(const MemberRecord& record) {
  return record.state == MemberState::kLeft ? record.leave_kind == LeaveKind::kEmptied
                                            : record.death_reason == DeathReason::kOperator;
}

const ViewMember* FindIn(const std::vector<ViewMember>& members, MemberKey member) {
  const auto it =
      std::lower_bound(members.begin(), members.end(), member,
                       [](const ViewMember& m, MemberKey key) { return m.key() < key; });
  return it != members.end() && it->key() == member ? &*it : nullptr;
}

Reach ReachOf(const Member& member) {
  switch (member.record.state) {
    case MemberState::kAlive:
      return member.degraded || member.busy ? Reach::kSuspect : Reach::kReachable;
    case MemberState::kSuspect:
      return Reach::kSuspect;
    case MemberState::kDead:
    case MemberState::kLeft:
      break;
  }
  return Reach::kUnreachable;
}

ViewMember ToViewMember(const Member& member, TimePoint now) {
  const MemberRecord& record = member.record;
  ViewMember view{record, member.since, member.returned_at, ReachOf(member), false, false, false};
  if (record.IsLive() && record.phase == Phase::kDraining) {
    view.draining = true;
  } else if (record.IsLive()) {
    view.owns = record.phase == Phase::kReady || record.OwnsStill();
    view.joining = !view.owns;
  } else {
    view.owns = EndLeavesGrace(record) && now < member.since + kOwnershipGrace;
  }
  return view;
}

std::uint64_t HashOfList(const PartitionList& list) {
  std::vector<std::byte> bytes((list.owners.size() + list.joining.size() + 1) * 8);
  std::byte* out = bytes.data();
  const auto add = [&](std::uint64_t word) {
    StoreLittleEndian(out, word);
    out += 8;
  };
  for (const MemberKey member : list.owners) add(member);
  add(0);  // No member has this key: it parts the owners from those that join.
  for (const MemberKey member : list.joining) add(member);
  return Hash64(bytes);
}

}  // namespace

bool PartitionList::IsOwner(MemberKey member) const { return Contains(owners, member); }
bool PartitionList::IsJoining(MemberKey member) const { return Contains(joining, member); }

const ViewMember* ClusterView::Find(MemberKey member) const { return FindIn(members_, member); }

const ViewMember* ClusterView::FindGone(MemberKey member) const { return FindIn(gone_, member); }

std::vector<MemberRecord> ClusterView::RecordsOf(TimePoint now, Partition partition) const {
  std::vector<MemberRecord> records;
  const auto add = [&](const ViewMember& member) {
    MemberRecord& record = records.emplace_back(member.record);
    if (!record.IsLive()) {
      record.age_s = static_cast<std::uint32_t>((now - member.since) / seconds(1));
    }
  };
  const auto weight = [&](const ViewMember& member) {
    return RendezvousWeight(partition, member.record.seat);
  };
  const PartitionList& list = ListOf(partition);
  for (const auto* members : {&list.owners, &list.joining}) {
    for (const MemberKey member : *members) {
      const ViewMember* found = Find(member);
      VF_CHECK(found != nullptr, "a list names a member that the view does not have");
      add(*found);
    }
  }
  const std::uint64_t least = LeastWeightOf(partition);
  std::vector<std::pair<std::uint64_t, const ViewMember*>> missed;
  for (const ViewMember& member : gone_) {
    if (weight(member) >= least) missed.emplace_back(weight(member), &member);
  }
  std::sort(missed.begin(), missed.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second->key() < b.second->key();
  });
  for (const auto& [ignored, member] : missed) {
    if (records.size() == kMaxListRecords) break;
    add(*member);
  }
  return records;
}

std::vector<MemberKey> ClusterView::FallbacksOf(Partition partition) const {
  const PartitionList& list = ListOf(partition);
  std::vector<MemberKey> fallbacks;
  for (const MemberKey member : PreferenceOf(partition)) {
    if (!list.HasPlace(member)) fallbacks.push_back(member);
  }
  const auto rest = std::stable_partition(fallbacks.begin(), fallbacks.end(),
                                          [&](MemberKey member) { return Find(member)->owns; });
  std::stable_partition(rest, fallbacks.end(),
                        [&](MemberKey member) { return !Find(member)->draining; });
  return fallbacks;
}

std::vector<MemberKey> ClusterView::DrainingOf(Partition partition) const {
  std::vector<MemberKey> draining;
  if (draining_ == 0) return draining;
  const PartitionList& list = ListOf(partition);
  for (const MemberKey member : PreferenceOf(partition)) {
    if (!list.IsOwner(member) && Find(member)->draining) draining.push_back(member);
  }
  return draining;
}

std::uint64_t ClusterView::LeastWeightOf(Partition partition) const {
  const PartitionList& list = ListOf(partition);
  if (list.owners.size() < static_cast<std::size_t>(replicas_)) return 0;
  std::uint64_t least = UINT64_MAX;
  for (const MemberKey owner : list.owners) {
    least = std::min(least, RendezvousWeight(partition, Find(owner)->record.seat));
  }
  return least;
}

CopyFate ClusterView::FateOf(MemberKey member) const {
  if (Find(member) != nullptr) return CopyFate::kMayReturn;
  const ViewMember* gone = FindGone(member);
  if (gone == nullptr) return CopyFate::kLost;
  if (HoldsDataWhileAway(gone->record)) return CopyFate::kMayReturn;
  const bool has_heir = std::any_of(members_.begin(), members_.end(), [&](const ViewMember& other) {
    return other.owns && other.record.seat == gone->record.seat;
  });
  return has_heir || IsSettled(gone->record) ? CopyFate::kSettled : CopyFate::kLost;
}

std::vector<std::uint64_t> ClusterView::OwnedSeats() const {
  std::vector<std::uint64_t> seats;
  for (const ViewMember& member : members_) {
    if (member.owns) seats.push_back(member.record.seat);
  }
  std::sort(seats.begin(), seats.end());
  return seats;
}

std::vector<const ViewMember*> ClusterView::Away() const {
  const std::vector<std::uint64_t> owned = OwnedSeats();
  std::vector<const ViewMember*> away;
  for (const ViewMember& member : members_) {
    if (IsAway(member.record)) away.push_back(&member);
  }
  for (const ViewMember& member : gone_) {
    const bool has_heir = std::binary_search(owned.begin(), owned.end(), member.record.seat);
    if (IsAway(member.record) && !has_heir) away.push_back(&member);
  }
  std::sort(away.begin(), away.end(),
            [](const ViewMember* a, const ViewMember* b) { return a->key() < b->key(); });
  return away;
}

// Who is ready on the seat of one that is lost has got what that one held; and of several lives on
// one seat, none of which got so far, one counts.
void ClusterView::KeepLostWithoutHeir() {
  if (lost_.empty()) return;
  const std::vector<std::uint64_t> owned = OwnedSeats();
  std::erase_if(lost_, [&](const Seat& lost) {
    return std::binary_search(owned.begin(), owned.end(), lost.seat);
  });
  std::sort(lost_.begin(), lost_.end(), [](const Seat& a, const Seat& b) {
    return a.seat != b.seat ? a.seat < b.seat : a.member < b.member;
  });
  const auto same_seat = [](const Seat& a, const Seat& b) { return a.seat == b.seat; };
  lost_.erase(std::unique(lost_.begin(), lost_.end(), same_seat), lost_.end());
  std::sort(lost_.begin(), lost_.end(),
            [](const Seat& a, const Seat& b) { return a.member < b.member; });
}

std::vector<MemberKey> ClusterView::LostOwnersOf(Partition partition) const {
  std::vector<MemberKey> lost;
  if (lost_.empty()) return lost;
  const std::uint64_t least = LeastWeightOf(partition);
  for (const Seat& seat : lost_) {
    if (RendezvousWeight(partition, seat.seat) >= least) lost.push_back(seat.member);
  }
  return lost;
}

std::vector<MemberKey> ClusterView::AwayHoldersOf(Partition partition) const {
  std::vector<MemberKey> away;
  if (away_.empty()) return away;
  const auto window = static_cast<std::size_t>(2 * replicas_);
  const std::span<const MemberKey> order = PreferenceOf(partition);
  const std::uint64_t least =
      order.size() < window ? 0 : RendezvousWeight(partition, Find(order[window - 1])->record.seat);
  const PartitionList& list = ListOf(partition);
  for (const Seat& seat : away_) {
    const bool in_place = RendezvousWeight(partition, seat.seat) >= least;
    if (in_place && !list.IsOwner(seat.member)) away.push_back(seat.member);
  }
  return away;
}

int ClusterView::DefaultMinAcks() const {
  return std::max(1, std::min({2, replicas_, owners_ + former_owners_}));
}

SharedClusterView ClusterViewBuilder::Build(TimePoint now, const MembershipSnapshot& membership) {
  auto view = std::make_shared<ClusterView>();
  view->number_ = ++views_;
  view->self_ = membership.self;
  next_deadline_ = kNever;
  if (!membership.joined || !membership.foundation.IsFounded()) return view;

  view->joined_ = true;
  view->replicas_ = membership.settings.replicas;
  view->partition_digits_ = membership.settings.partition_digits;
  VF_CHECK(view->replicas_ >= 1 && view->replicas_ <= kMaxReplicas, "K out of range");
  VF_CHECK(view->partition_digits_ >= kMinPartitionDigits &&
               view->partition_digits_ <= kMaxPartitionDigits,
           "N out of range");

  std::vector<Seat> seats;
  for (const Member& member : membership.members) {
    if (!member.record.IsStorage()) continue;
    ViewMember view_member = ToViewMember(member, now);
    const bool away = !member.record.IsLive() && EndLeavesGrace(member.record) &&
                      HoldsDataWhileAway(member.record);
    if (away) view->away_.push_back({member.record.key(), member.record.seat});
    if (view_member.reach == Reach::kUnreachable) {
      if (!view_member.owns) {
        const MemberRecord& record = view_member.record;
        view->former_owners_ += away ? 1 : 0;
        const bool lost = record.owned_at_end && !HoldsDataWhileAway(record) && !IsSettled(record);
        const TimePoint counts_until = view_member.since + kLossCounts;
        if (lost && now < counts_until) {
          next_deadline_ = std::min(next_deadline_, counts_until);
          view->lost_.push_back({record.key(), record.seat});
        }
        view->gone_.push_back(std::move(view_member));
        continue;
      }
      next_deadline_ = std::min(next_deadline_, member.since + kOwnershipGrace);
    }
    view->owners_ += view_member.owns ? 1 : 0;
    view->former_owners_ += view_member.joining && view_member.record.HasReturned() ? 1 : 0;
    view->draining_ += view_member.draining ? 1 : 0;
    const std::uint64_t twist = VF_PLANTED(kOrderOfItsOwn) ? membership.self : 0;
    seats.push_back({member.record.key(), member.record.seat ^ twist});
    view->members_.push_back(std::move(view_member));
  }

  // What they hold has nowhere else to go.
  if (view->owners_ == 0) {
    for (ViewMember& member : view->members_) {
      member.owns = member.draining;
      view->owners_ += member.owns ? 1 : 0;
    }
  }
  view->KeepLostWithoutHeir();

  const Partition partitions = PartitionCount(view->partition_digits_);
  if (order_ == nullptr || order_->partition_count() != partitions) {
    order_ = std::make_shared<PreferenceOrder>(partitions, std::move(seats));
  } else if (order_->seats() != seats) {
    order_ = order_->Changed(std::move(seats));
  }
  view->order_ = order_;

  view->lists_.resize(partitions);
  own_since_.resize(partitions);
  const auto most =
      static_cast<std::size_t>(view->replicas_) + (VF_PLANTED(kOneOwnerTooMany) ? 1 : 0);
  const std::size_t owners = std::min(most, static_cast<std::size_t>(view->owners_));
  const auto owns = [&](MemberKey key) { return view->Find(key)->owns; };
  for (Partition p = 0; p < partitions; ++p) {
    PartitionList& list = view->lists_[p];
    std::size_t to_be = 0;  // owners once everybody who joins is ready
    for (const MemberKey key : order_->Of(p)) {
      const ViewMember& member = *view->Find(key);
      if (member.owns && list.owners.size() < most) list.owners.push_back(key);
      if (to_be < most && !member.draining) {
        if (member.joining) list.joining.push_back(key);
        ++to_be;
      }
      if (list.owners.size() == most && to_be == most) break;
    }
    // A crowd of newcomers may fill what the order lists, and own nothing yet.
    if (list.owners.size() < owners) list.owners = order_->FirstOf(p, owners, owns);
    list.hash = HashOfList(list);
    std::uint64_t& own_since = own_since_[p];
    const bool has_place = list.HasPlace(view->self_);
    if (!has_place) {
      own_since = 0;
    } else if (own_since == 0) {
      own_since = view->number_;
    }
    list.own_since = own_since;
  }
  return view;
}

}  // namespace vf
