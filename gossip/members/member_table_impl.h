// BasicMemberTable, over any storage. See member_table.h, which includes it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/planted_bug.h"
#include "gossip/members/member_table.h"

namespace vf {
namespace member_table_internal {

inline bool IsHealable(const MemberRecord& r) {
  return r.state == MemberState::kDead && !IsFinal(r);
}

inline TimePoint DiedAt(TimePoint now, const MemberRecord& r) {
  return r.IsLive() ? now : now - seconds(r.age_s);
}

// Who of two at one endpoint is the newer.
inline bool Newer(const MemberRecord& a, const MemberRecord& b) {
  if (VF_PLANTED(kOlderHoldsAddress)) return a.boot < b.boot;
  return std::pair(a.boot, a.key()) > std::pair(b.boot, b.key());
}

inline MemberRecord WithAge(MemberRecord record, TimePoint since, TimePoint now) {
  record.age_s = AgeInSeconds(now - since);
  return record;
}

}  // namespace member_table_internal

template <MemberStorage Storage>
const Member* BasicMemberTable<Storage>::Find(MemberKey key) const {
  const std::uint32_t number = storage_.Find(key);
  return number == kNoSlot ? nullptr : &MemberAt(number);
}

template <MemberStorage Storage>
const MemberRecord* BasicMemberTable<Storage>::FindRecord(MemberKey key) const {
  if (const Member* member = Find(key)) return &member->record;
  const auto it = tombstones_.find(key);
  return it == tombstones_.end() ? nullptr : &it->second.record;
}

template <MemberStorage Storage>
const Member* BasicMemberTable<Storage>::FindAt(const Endpoint& endpoint) const {
  const Member* best = nullptr;
  storage_.ForEachKeyAt(endpoint, [&](MemberKey key) {
    const Member* member = Find(key);
    if (best == nullptr || member->record.IsLive() > best->record.IsLive() ||
        (member->record.IsLive() == best->record.IsLive() &&
         member_table_internal::Newer(member->record, best->record))) {
      best = member;
    }
  });
  return best;
}

// ---------------------------------------------------------------------------------------------
// Merging

template <MemberStorage Storage>
MergeResult BasicMemberTable<Storage>::Merge(TimePoint now, const MemberRecord& record) {
  VF_CHECK(record.key() != self_, "the own record is set, not merged");
  const std::uint32_t known = storage_.Find(record.key());
  return known == kNoSlot ? MergeNew(now, record) : MergeKnown(now, known, record);
}

template <MemberStorage Storage>
MergeResult BasicMemberTable<Storage>::MergeNew(TimePoint now, const MemberRecord& record) {
  MergeResult result;
  Member member;
  member.record = record;
  member.since = member_table_internal::DiedAt(now, record);
  const auto tombstone = tombstones_.find(record.key());
  if (tombstone != tombstones_.end()) {
    const MemberRecord& known = tombstone->second.record;
    member.record = MergeRecords(known, record);
    // A later life of it that is away is a member again.
    const bool went_away = IsAway(member.record) && !IsAway(known);
    if (!member.record.IsLive() && !went_away) return MergeTombstone(tombstone->second, record);
  }
  if (size() >= kMaxMembers && !EvictOldest()) {
    result.refused = true;
    return result;
  }
  if (tombstone != tombstones_.end()) {
    result.new_boot = member.record.boot != tombstone->second.record.boot;
    if (!result.new_boot) result.before = tombstone->second.record.state;
    if (result.before == MemberState::kDead && member.record.IsLive()) member.returned_at = now;
    RemoveHealable(record.key());
    tombstones_by_age_.erase({tombstone->second.kept_from, record.key()});
    tombstones_.erase(tombstone);
  } else {
    result.added = true;
  }
  result.status_changed = result.description_changed = true;
  Insert(member);
  ResolveEndpoint(now, record.key(), result);
  return result;
}

template <MemberStorage Storage>
MergeResult BasicMemberTable<Storage>::MergeKnown(TimePoint now, std::uint32_t number,
                                                  const MemberRecord& record) {
  MergeResult result;
  const MemberRecord& old = MemberAt(number).record;
  MemberRecord merged = MergeRecords(old, record);
  result.status_changed = CompareStatus(merged, old) != 0;
  result.description_changed = CompareDescription(merged, old) != 0;
  result.new_boot = merged.boot != old.boot;
  if (!result.new_boot) result.before = old.state;
  result.stale =
      !result.changed() && (CompareStatus(record, old) < 0 || CompareDescription(record, old) < 0);
  if (!result.changed()) {
    if (old.IsLive() || CompareStatus(record, old) != 0) return result;
    const TimePoint died = member_table_internal::DiedAt(now, record);
    if (died >= MemberAt(number).since) return result;
    result.levelled = true;
    Member earlier = MemberAt(number);
    earlier.since = died;
    earlier.record.owned_at_end = merged.owned_at_end;
    Replace(number, earlier);
    return result;
  }
  Member member = MemberAt(number);
  if (result.new_boot) member.verified = member.udp_bad = member.busy = false;
  if (!merged.IsLive() && old.IsLive() && !result.new_boot) {
    merged.owned_at_end = merged.owned_at_end || OwnsPartitions(merged);
  }
  if (result.new_boot || merged.state != old.state) {
    member.since = member_table_internal::DiedAt(now, merged);
  }
  if (result.before == MemberState::kDead && merged.IsLive()) member.returned_at = now;
  NoteSettled(now, old, merged);
  member.record = std::move(merged);
  Replace(number, member);
  ResolveEndpoint(now, record.key(), result);
  return result;
}

template <MemberStorage Storage>
MergeResult BasicMemberTable<Storage>::MergeTombstone(Tombstone& tombstone,
                                                      const MemberRecord& record) {
  using member_table_internal::IsHealable;
  MergeResult result;
  const bool healable = IsHealable(tombstone.record);
  result.stale = CompareStatus(record, tombstone.record) < 0;
  tombstone.record = MergeRecords(tombstone.record, record);
  NoteChange(record.key());
  if (healable && !IsHealable(tombstone.record)) RemoveHealable(record.key());
  if (!healable && IsHealable(tombstone.record)) AddHealable(record.key());
  return result;
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::Supersede(TimePoint now, MemberKey key) {
  const std::uint32_t number = storage_.Find(key);
  Member member = MemberAt(number);
  if (member.record.IsLive()) {
    member.record.owned_at_end = OwnsPartitions(member.record);
    member.since = now;
  }
  const MemberRecord before = member.record;
  member.record.state = MemberState::kDead;
  member.record.incarnation = kFinalIncarnation;
  member.record.death_reason = DeathReason::kSuperseded;
  NoteSettled(now, before, member.record);
  Replace(number, member);
}

// The newest at an endpoint stays; live ones that are older are superseded, and so are the dead,
// whose partitions then wait for nobody. That the newest may be gone itself changes nothing: so the
// outcome does not depend on what was heard first.
template <MemberStorage Storage>
void BasicMemberTable<Storage>::ResolveEndpoint(TimePoint now, MemberKey key, MergeResult& result) {
  const Endpoint endpoint = Find(key)->record.endpoint;
  std::size_t here = 0;
  storage_.ForEachKeyAt(endpoint, [&](MemberKey) { ++here; });
  if (here == 1) return;
  std::vector<MemberKey> all;
  storage_.ForEachKeyAt(endpoint, [&](MemberKey other) { all.push_back(other); });
  MemberKey newest = key;
  for (const MemberKey other : all) {
    if (other == self_) continue;  // A clash with the own process is for it to settle.
    if (member_table_internal::Newer(Find(other)->record, Find(newest)->record)) newest = other;
  }
  for (const MemberKey other : all) {
    if (other == newest || other == self_ || IsFinal(Find(other)->record)) continue;
    Supersede(now, other);
    result.superseded.push_back(other);
  }
}

// ---------------------------------------------------------------------------------------------
// The own process, and marks

template <MemberStorage Storage>
void BasicMemberTable<Storage>::SetSelf(TimePoint now, const MemberRecord& record) {
  VF_CHECK(record.key() == self_, "not the own record");
  const std::uint32_t known = storage_.Find(self_);
  Member member;
  if (known == kNoSlot) {
    member.record = record;
    member.since = now;
    member.verified = true;
    return Insert(member);
  }
  member = MemberAt(known);
  if (member.record == record) return;
  if (member.record.state != record.state) member.since = now;
  member.record = record;
  Replace(known, member);
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::SetVerified(MemberKey key) {
  const std::uint32_t number = storage_.Find(key);
  if (number != kNoSlot && !MemberAt(number).verified) {
    storage_.ChangeSlot(number).member.verified = true;
  }
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::SetUdpBad(MemberKey key, bool udp_bad) {
  const std::uint32_t number = storage_.Find(key);
  if (number != kNoSlot && MemberAt(number).udp_bad != udp_bad) {
    storage_.ChangeSlot(number).member.udp_bad = udp_bad;
  }
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::SetBusy(MemberKey key, bool busy) {
  const std::uint32_t number = storage_.Find(key);
  if (number != kNoSlot && MemberAt(number).busy != busy) {
    storage_.ChangeSlot(number).member.busy = busy;
  }
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::SetDegraded(MemberKey key, bool degraded) {
  const std::uint32_t number = storage_.Find(key);
  if (number == kNoSlot || MemberAt(number).degraded == degraded) return;
  if (MemberAt(number).record.state != MemberState::kAlive) return;
  storage_.ChangeSlot(number).member.degraded = degraded;
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::Clear() {
  const Member self = *Find(self_);
  *this = BasicMemberTable(self_);
  Insert(self);
}

// ---------------------------------------------------------------------------------------------
// Forgetting

template <MemberStorage Storage>
bool BasicMemberTable<Storage>::EvictOldest() {
  const ByAge& from = gone_.empty() ? away_ : gone_;
  if (from.empty()) return false;
  const auto [kept_from, key] = *from.begin();
  if (key == self_) return false;  // It has left, and takes part in nothing any more.
  const Member member = *Find(key);
  Remove(key);
  tombstones_[key] = {member.record, member.since, kept_from};
  tombstones_by_age_.insert({kept_from, key});
  if (member_table_internal::IsHealable(member.record)) AddHealable(key);
  return true;
}

template <MemberStorage Storage>
bool BasicMemberTable<Storage>::Evict(TimePoint now, Duration evict_after, Duration tombstone_age) {
  bool evicted = false;
  while (!gone_.empty() && gone_.begin()->first + evict_after <= now && EvictOldest()) {
    evicted = true;
  }
  while (!tombstones_by_age_.empty() &&
         (tombstones_.size() > kMaxTombstones ||
          tombstones_by_age_.begin()->first + tombstone_age <= now)) {
    const MemberKey key = tombstones_by_age_.begin()->second;
    NoteChange(key);
    RemoveHealable(key);
    tombstones_.erase(key);
    tombstones_by_age_.erase(tombstones_by_age_.begin());
  }
  return evicted;
}

template <MemberStorage Storage>
TimePoint BasicMemberTable<Storage>::NextEviction(Duration evict_after,
                                                  Duration tombstone_age) const {
  TimePoint next = kNever;
  if (!gone_.empty()) next = gone_.begin()->first + evict_after;
  if (!tombstones_by_age_.empty()) {
    next = std::min(next, tombstones_by_age_.begin()->first + tombstone_age);
  }
  return next;
}

// ---------------------------------------------------------------------------------------------
// Choosing and walking

template <MemberStorage Storage>
template <typename Wanted>
std::vector<MemberKey> BasicMemberTable<Storage>::SampleLive(Rng& rng, std::size_t count,
                                                             const Wanted& wanted) const {
  std::vector<MemberKey> chosen;
  // A few draws first: nearly all members are wanted as a rule. Then all of them, in random order.
  for (std::size_t draws = 4 * count; draws > 0 && live() > 4 * count; --draws) {
    if (chosen.size() == count) return chosen;
    const Member& member = MemberAt(storage_.LiveAt(rng.Uniform(live())));
    const MemberKey key = member.record.key();
    if (key == self_ || !wanted(member)) continue;
    if (std::find(chosen.begin(), chosen.end(), key) == chosen.end()) chosen.push_back(key);
  }
  if (chosen.size() == count) return chosen;
  std::vector<MemberKey> rest;
  for (std::size_t position = 0; position < live(); ++position) {
    const Member& member = MemberAt(storage_.LiveAt(position));
    const MemberKey key = member.record.key();
    if (key == self_ || !wanted(member)) continue;
    if (std::find(chosen.begin(), chosen.end(), key) == chosen.end()) rest.push_back(key);
  }
  for (const MemberKey key : rng.Sample(std::move(rest), count - chosen.size())) {
    chosen.push_back(key);
  }
  return chosen;
}

template <MemberStorage Storage>
MemberKey BasicMemberTable<Storage>::RandomHealable(Rng& rng) const {
  VF_CHECK(!healable_.empty(), "nobody to heal");
  return healable_[rng.Uniform(healable_.size())];
}

template <MemberStorage Storage>
std::vector<MemberRecord> BasicMemberTable<Storage>::AwayBehind(TimePoint now, MemberKey after,
                                                                std::size_t count) const {
  std::vector<MemberRecord> records;
  const Member* last = Find(after);
  auto next = last == nullptr ? away_.begin() : away_.upper_bound({last->since, after});
  while (records.size() < std::min(count, away_.size())) {
    if (next == away_.end()) next = away_.begin();
    records.push_back(*FindGone(now, next->second));
    ++next;
  }
  return records;
}

template <MemberStorage Storage>
std::optional<MemberRecord> BasicMemberTable<Storage>::FindGone(TimePoint now,
                                                                MemberKey key) const {
  if (const Member* member = Find(key)) {
    if (member->record.IsLive()) return std::nullopt;
    return member_table_internal::WithAge(member->record, member->since, now);
  }
  const auto it = tombstones_.find(key);
  if (it == tombstones_.end()) return std::nullopt;
  return member_table_internal::WithAge(it->second.record, it->second.since, now);
}

template <MemberStorage Storage>
const Member* BasicMemberTable<Storage>::ProbeTargetAt(std::size_t number) const {
  const MemberSlot& slot = storage_.slot(number);
  if (!slot.used || !slot.member.record.IsLive() || slot.member.record.key() == self_)
    return nullptr;
  return &slot.member;
}

template <MemberStorage Storage>
template <typename Visit>
void BasicMemberTable<Storage>::ForEach(const Visit& visit) const {
  storage_.ForEachFrom(0, [&](MemberKey, std::uint32_t number) {
    visit(MemberAt(number));
    return true;
  });
}

template <MemberStorage Storage>
template <typename Visit>
void BasicMemberTable<Storage>::ForEachAt(const Endpoint& endpoint, const Visit& visit) const {
  storage_.ForEachKeyAt(endpoint, [&](MemberKey key) { visit(*Find(key)); });
}

template <MemberStorage Storage>
template <typename Visit>
void BasicMemberTable<Storage>::ForEachInBucket(TimePoint now, std::size_t bucket,
                                                const Visit& visit) const {
  const MemberKey first = static_cast<MemberKey>(bucket) << 56;
  const auto with_age = [&](const MemberRecord& record, TimePoint since) {
    if (record.IsLive()) {
      visit(record);
    } else {
      visit(member_table_internal::WithAge(record, since, now));
    }
  };
  storage_.ForEachFrom(first, [&](MemberKey key, std::uint32_t number) {
    if (BucketOf(key) != bucket) return false;
    with_age(MemberAt(number).record, MemberAt(number).since);
    return true;
  });
  for (auto it = tombstones_.lower_bound(first);
       it != tombstones_.end() && BucketOf(it->first) == bucket; ++it) {
    with_age(it->second.record, it->second.since);
  }
}

template <MemberStorage Storage>
std::size_t BasicMemberTable<Storage>::CountInBucket(std::size_t bucket) const {
  std::size_t count = 0;
  const MemberKey first = static_cast<MemberKey>(bucket) << 56;
  storage_.ForEachFrom(first, [&](MemberKey key, std::uint32_t) {
    if (BucketOf(key) != bucket) return false;
    ++count;
    return true;
  });
  for (auto it = tombstones_.lower_bound(first);
       it != tombstones_.end() && BucketOf(it->first) == bucket; ++it) {
    ++count;
  }
  return count;
}

// ---------------------------------------------------------------------------------------------
// Rows and what hangs on them

template <MemberStorage Storage>
void BasicMemberTable<Storage>::Insert(const Member& member) {
  const MemberRecord& r = member.record;
  NoteChange(r.key());
  std::uint32_t number = 0;
  if (free_.empty()) {
    number = storage_.AddSlot();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  storage_.ChangeSlot(number) = {member, true};
  storage_.AddKey(r.key(), number);
  storage_.AddKeyAt(r.endpoint, r.key());
  if (r.IsLive()) {
    storage_.Toggle(r);
    storage_.AddLive(number);
  } else {
    ListGone(member);
  }
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::Replace(std::uint32_t number, const Member& member) {
  NoteChange(member.record.key());
  const Member old = MemberAt(number);
  const MemberRecord& before = old.record;
  const MemberRecord& after = member.record;
  const bool moves = before.endpoint != after.endpoint;
  if (moves) storage_.RemoveKeyAt(before.endpoint, after.key());
  Member& row = storage_.ChangeSlot(number).member;
  row = member;
  row.degraded = member.degraded && after.state == MemberState::kAlive;
  row.udp_bad = member.udp_bad && after.IsLive();
  row.busy = member.busy && after.IsLive();
  if (moves) storage_.AddKeyAt(after.endpoint, after.key());
  if (before.IsLive()) {
    storage_.Toggle(before);
    if (!after.IsLive()) storage_.RemoveLive(number);
  } else {
    UnlistGone(old);
  }
  if (after.IsLive() || IsAway(after)) settled_.erase(after.key());
  if (after.IsLive()) {
    storage_.Toggle(after);
    if (!before.IsLive()) storage_.AddLive(number);
  } else {
    ListGone(member);
  }
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::Remove(MemberKey key) {
  NoteChange(key);
  const std::uint32_t number = storage_.Find(key);
  const Member old = MemberAt(number);
  storage_.RemoveKeyAt(old.record.endpoint, key);
  storage_.RemoveKey(key);
  storage_.ChangeSlot(number) = {};
  if (old.record.IsLive()) {
    storage_.Toggle(old.record);
    storage_.RemoveLive(number);
  } else {
    UnlistGone(old);
  }
  settled_.erase(key);
  free_.push_back(number);
}

template <MemberStorage Storage>
TimePoint BasicMemberTable<Storage>::KeptFrom(const Member& member) const {
  const auto settled = settled_.find(member.record.key());
  const bool listed_anew = settled != settled_.end() && !IsAway(member.record);
  return listed_anew ? settled->second : member.since;
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::NoteSettled(TimePoint now, const MemberRecord& before,
                                            const MemberRecord& after) {
  if (IsAway(before) && !after.IsLive() && !IsAway(after)) settled_[after.key()] = now;
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::ListGone(const Member& member) {
  (IsAway(member.record) ? away_ : gone_).insert({KeptFrom(member), member.record.key()});
  if (member_table_internal::IsHealable(member.record)) AddHealable(member.record.key());
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::UnlistGone(const Member& member) {
  (IsAway(member.record) ? away_ : gone_).erase({KeptFrom(member), member.record.key()});
  RemoveHealable(member.record.key());
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::AddHealable(MemberKey key) {
  if (!healable_position_.Insert(key, static_cast<std::uint32_t>(healable_.size()))) return;
  healable_.push_back(key);
}

template <MemberStorage Storage>
void BasicMemberTable<Storage>::RemoveHealable(MemberKey key) {
  const std::uint32_t* position = healable_position_.Find(key);
  if (position == nullptr) return;
  const MemberKey last = healable_.back();
  healable_[*position] = last;
  healable_position_[last] = *position;
  healable_.pop_back();
  healable_position_.Erase(key);
}

}  // namespace vf
