#include "gossip/member_table.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/planted_bug.h"

namespace vf {
namespace {

bool IsHealable(const MemberRecord& r) { return r.state == MemberState::kDead && !IsFinal(r); }

bool IsGone(const MemberRecord& r) { return !r.IsLive(); }

TimePoint DiedAt(TimePoint now, const MemberRecord& r) {
  return IsGone(r) ? now - seconds(r.age_s) : now;
}

// Who of two at one endpoint is the newer.
bool Newer(const MemberRecord& a, const MemberRecord& b) {
  if (VF_PLANTED(kOlderHoldsAddress)) return a.boot < b.boot;
  return std::pair(a.boot, a.key()) > std::pair(b.boot, b.key());
}

MemberRecord WithAge(MemberRecord record, TimePoint since, TimePoint now) {
  if (IsGone(record)) {
    const auto age = std::chrono::duration_cast<seconds>(now - since).count();
    record.age_s = static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(age, 0, std::numeric_limits<std::uint32_t>::max()));
  }
  return record;
}

}  // namespace

const MemberEntry* MemberTable::Find(MemberKey key) const {
  const std::uint32_t* number = by_key_.Find(key);
  return number == nullptr ? nullptr : &slots_[*number].entry;
}

const MemberRecord* MemberTable::FindRecord(MemberKey key) const {
  if (const MemberEntry* entry = Find(key)) return &entry->record;
  const auto it = tombstones_.find(key);
  return it == tombstones_.end() ? nullptr : &it->second.record;
}

const MemberEntry* MemberTable::FindAt(const Endpoint& endpoint) const {
  const auto it = by_endpoint_.find(endpoint);
  if (it == by_endpoint_.end()) return nullptr;
  const MemberEntry* best = nullptr;
  for (const MemberKey key : it->second) {
    const MemberEntry* entry = Find(key);
    if (best == nullptr || entry->record.IsLive() > best->record.IsLive() ||
        (entry->record.IsLive() == best->record.IsLive() && Newer(entry->record, best->record))) {
      best = entry;
    }
  }
  return best;
}

MergeResult MemberTable::Merge(TimePoint now, const MemberRecord& record) {
  VF_CHECK(record.key() != self_, "the own record is set, not merged");
  MergeResult result;
  const std::uint32_t* known = by_key_.Find(record.key());
  std::uint32_t number = 0;
  if (known == nullptr) {
    const auto tombstone = tombstones_.find(record.key());
    if (tombstone != tombstones_.end()) {
      const MemberRecord merged = MergeRecords(tombstone->second.record, record);
      if (IsGone(merged)) return MergeTombstone(now, tombstone->second, record);
      if (size() >= kMaxMembers) {
        result.refused = true;
        return result;
      }
      result.new_boot = merged.boot != tombstone->second.record.boot;
      if (!result.new_boot) result.before = tombstone->second.record.state;
      RemoveHealable(record.key());
      tombstones_by_age_.erase({tombstone->second.since, record.key()});
      tombstones_.erase(tombstone);
      number = Insert(merged);
    } else {
      if (size() >= kMaxMembers) {
        result.refused = true;
        return result;
      }
      number = Insert(record);
      result.added = true;
    }
    result.status_changed = result.description_changed = true;
    slots_[number].entry.since = DiedAt(now, record);
  } else {
    number = *known;
    Slot& slot = slots_[number];
    const MemberRecord& old = slot.entry.record;
    MemberRecord merged = MergeRecords(old, record);
    result.status_changed = CompareStatus(merged, old) != 0;
    result.description_changed = CompareDescription(merged, old) != 0;
    result.new_boot = merged.boot != old.boot;
    if (!result.new_boot) result.before = old.state;
    result.stale = !result.changed() &&
                   (CompareStatus(record, old) < 0 || CompareDescription(record, old) < 0);
    if (!result.changed()) return result;
    if (result.new_boot && OwnsPartitions(old)) {
      if (old.IsLive()) {
        slot.entry.former_owner_until = now;
      } else if (old.owned_at_end) {
        slot.entry.former_owner_until = slot.entry.since;
      }
    }
    if (result.new_boot) slot.entry.verified = false;
    if (IsGone(merged) && old.IsLive() && !result.new_boot) {
      merged.owned_at_end = merged.owned_at_end || OwnsPartitions(merged);
    }
    const bool state_changed = result.new_boot || merged.state != old.state;
    Unindex(slot);
    if (state_changed) slot.entry.since = DiedAt(now, merged);
    slot.entry.record = std::move(merged);
  }
  Index(number);
  ResolveEndpoint(now, record.key(), result);
  return result;
}

MergeResult MemberTable::MergeTombstone(TimePoint, Tombstone& tombstone,
                                        const MemberRecord& record) {
  MergeResult result;
  const bool healable = IsHealable(tombstone.record);
  result.stale = CompareStatus(record, tombstone.record) < 0;
  tombstone.record = MergeRecords(tombstone.record, record);
  if (healable && !IsHealable(tombstone.record)) RemoveHealable(record.key());
  if (!healable && IsHealable(tombstone.record)) AddHealable(record.key());
  return result;
}

void MemberTable::SetSelf(TimePoint now, const MemberRecord& record) {
  VF_CHECK(record.key() == self_, "not the own record");
  const std::uint32_t* known = by_key_.Find(self_);
  if (known == nullptr) {
    const std::uint32_t number = Insert(record);
    slots_[number].entry.since = now;
    slots_[number].entry.verified = true;
    Index(number);
    return;
  }
  const std::uint32_t number = *known;
  Slot& slot = slots_[number];
  Unindex(slot);
  if (slot.entry.record.state != record.state) slot.entry.since = now;
  slot.entry.record = record;
  Index(number);
}

void MemberTable::SetVerified(MemberKey key) {
  if (const std::uint32_t* number = by_key_.Find(key)) slots_[*number].entry.verified = true;
}

void MemberTable::SetTold(MemberKey key, TimePoint now) {
  if (const std::uint32_t* number = by_key_.Find(key)) slots_[*number].entry.told_at = now;
}

void MemberTable::Clear() {
  const MemberEntry self = *Find(self_);
  *this = MemberTable(self_);
  const std::uint32_t number = Insert(self.record);
  slots_[number].entry = self;
  Index(number);
}

bool MemberTable::Evict(TimePoint now, Duration evict_after, Duration tombstone_age) {
  bool evicted = false;
  while (!gone_.empty() && gone_.begin()->first + evict_after <= now) {
    const auto [since, key] = *gone_.begin();
    const MemberRecord record = Find(key)->record;
    if (key == self_) break;
    Remove(key);
    tombstones_[key] = {record, since};
    tombstones_by_age_.insert({since, key});
    if (IsHealable(record)) AddHealable(key);
    evicted = true;
  }
  while (!tombstones_by_age_.empty() &&
         (tombstones_.size() > kMaxTombstones ||
          tombstones_by_age_.begin()->first + tombstone_age <= now)) {
    const MemberKey key = tombstones_by_age_.begin()->second;
    RemoveHealable(key);
    tombstones_.erase(key);
    tombstones_by_age_.erase(tombstones_by_age_.begin());
  }
  return evicted;
}

TimePoint MemberTable::NextEviction(Duration evict_after, Duration tombstone_age) const {
  TimePoint next = kNever;
  if (!gone_.empty()) next = gone_.begin()->first + evict_after;
  if (!tombstones_by_age_.empty()) {
    next = std::min(next, tombstones_by_age_.begin()->first + tombstone_age);
  }
  return next;
}

std::vector<MemberKey> MemberTable::SampleLive(
    Rng& rng, std::size_t count, const std::function<bool(const MemberEntry&)>& wanted) const {
  std::vector<MemberKey> chosen;
  // A few draws first: nearly all members are wanted as a rule. Then all of them, in random order.
  for (std::size_t draws = 4 * count; draws > 0 && live_.size() > 4 * count; --draws) {
    if (chosen.size() == count) return chosen;
    const MemberEntry& entry = slots_[live_[rng.Uniform(live_.size())]].entry;
    const MemberKey key = entry.record.key();
    if (key == self_ || !wanted(entry)) continue;
    if (std::find(chosen.begin(), chosen.end(), key) == chosen.end()) chosen.push_back(key);
  }
  if (chosen.size() == count) return chosen;
  std::vector<MemberKey> rest;
  for (const std::uint32_t number : live_) {
    const MemberEntry& entry = slots_[number].entry;
    const MemberKey key = entry.record.key();
    if (key == self_ || !wanted(entry)) continue;
    if (std::find(chosen.begin(), chosen.end(), key) == chosen.end()) rest.push_back(key);
  }
  for (const MemberKey key : rng.Sample(std::move(rest), count - chosen.size())) {
    chosen.push_back(key);
  }
  return chosen;
}

MemberKey MemberTable::RandomHealable(Rng& rng) const {
  VF_CHECK(!healable_.empty(), "nobody to heal");
  return healable_[rng.Uniform(healable_.size())];
}

const MemberEntry* MemberTable::ProbeTargetAt(std::size_t slot) const {
  const Slot& s = slots_[slot];
  if (!s.used || !s.entry.record.IsLive() || s.entry.record.key() == self_) return nullptr;
  return &s.entry;
}

void MemberTable::ForEach(const std::function<void(const MemberEntry&)>& visit) const {
  for (const auto& item : order_) visit(slots_[item.second].entry);
}

void MemberTable::ForEachInBucket(TimePoint now, std::size_t bucket,
                                  const std::function<void(const MemberRecord&)>& visit) const {
  for (auto it = FirstOf(bucket); it != order_.end() && BucketOf(it->first) == bucket; ++it) {
    const MemberEntry& entry = slots_[it->second].entry;
    visit(WithAge(entry.record, entry.since, now));
  }
  const MemberKey first = static_cast<MemberKey>(bucket) << 56;
  for (auto it = tombstones_.lower_bound(first);
       it != tombstones_.end() && BucketOf(it->first) == bucket; ++it) {
    visit(WithAge(it->second.record, it->second.since, now));
  }
}

std::size_t MemberTable::CountInBucket(std::size_t bucket) const {
  std::size_t count = 0;
  for (auto it = FirstOf(bucket); it != order_.end() && BucketOf(it->first) == bucket; ++it) {
    ++count;
  }
  const MemberKey first = static_cast<MemberKey>(bucket) << 56;
  for (auto it = tombstones_.lower_bound(first);
       it != tombstones_.end() && BucketOf(it->first) == bucket; ++it) {
    ++count;
  }
  return count;
}

std::vector<std::pair<MemberKey, std::uint32_t>>::const_iterator MemberTable::FirstOf(
    std::size_t bucket) const {
  const MemberKey first = static_cast<MemberKey>(bucket) << 56;
  return std::lower_bound(order_.begin(), order_.end(), std::pair(first, std::uint32_t{0}));
}

std::uint32_t MemberTable::Insert(const MemberRecord& record) {
  std::uint32_t number = 0;
  if (free_.empty()) {
    number = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  Slot& slot = slots_[number];
  slot.used = true;
  slot.entry = {};
  slot.entry.record = record;
  const std::pair item(record.key(), number);
  order_.insert(std::lower_bound(order_.begin(), order_.end(), item), item);
  by_key_[record.key()] = number;
  return number;
}

void MemberTable::Remove(MemberKey key) {
  const std::uint32_t number = *by_key_.Find(key);
  Unindex(slots_[number]);
  slots_[number].used = false;
  by_key_.Erase(key);
  order_.erase(std::lower_bound(order_.begin(), order_.end(), std::pair(key, number)));
  free_.push_back(number);
}

void MemberTable::Index(std::uint32_t number) {
  Slot& slot = slots_[number];
  const MemberRecord& r = slot.entry.record;
  by_endpoint_[r.endpoint].push_back(r.key());
  if (r.IsLive()) {
    view_hash_.Toggle(r);
    slot.live_position = static_cast<std::uint32_t>(live_.size());
    live_.push_back(number);
  } else {
    gone_.insert({slot.entry.since, r.key()});
    if (IsHealable(r)) AddHealable(r.key());
  }
}

void MemberTable::Unindex(const Slot& slot) {
  const MemberRecord& r = slot.entry.record;
  const auto at = by_endpoint_.find(r.endpoint);
  std::erase(at->second, r.key());
  if (at->second.empty()) by_endpoint_.erase(at);
  if (r.IsLive()) {
    view_hash_.Toggle(r);
    const std::uint32_t last = live_.back();
    live_[slot.live_position] = last;
    slots_[last].live_position = slot.live_position;
    live_.pop_back();
  } else {
    gone_.erase({slot.entry.since, r.key()});
    RemoveHealable(r.key());
  }
}

void MemberTable::AddHealable(MemberKey key) {
  if (!healable_position_.Insert(key, static_cast<std::uint32_t>(healable_.size()))) return;
  healable_.push_back(key);
}

void MemberTable::RemoveHealable(MemberKey key) {
  const std::uint32_t* position = healable_position_.Find(key);
  if (position == nullptr) return;
  const MemberKey last = healable_.back();
  healable_[*position] = last;
  healable_position_[last] = *position;
  healable_.pop_back();
  healable_position_.Erase(key);
}

void MemberTable::Supersede(TimePoint now, MemberKey key) {
  const std::uint32_t number = *by_key_.Find(key);
  Slot& slot = slots_[number];
  MemberRecord record = slot.entry.record;
  const bool was_live = record.IsLive();
  if (was_live) record.owned_at_end = OwnsPartitions(record);
  record.state = MemberState::kDead;
  record.incarnation = kFinalIncarnation;
  record.death_reason = DeathReason::kSuperseded;
  Unindex(slot);
  if (was_live) slot.entry.since = now;
  slot.entry.record = std::move(record);
  Index(number);
}

// The newest at an endpoint stays; live ones that are older are superseded, and so are the dead,
// whose partitions then wait for nobody. That the newest may be gone itself changes nothing: so the
// outcome does not depend on what was heard first.
void MemberTable::ResolveEndpoint(TimePoint now, MemberKey key, MergeResult& result) {
  const MemberRecord& here = Find(key)->record;
  const std::vector<MemberKey> others = by_endpoint_[here.endpoint];
  MemberKey newest = key;
  for (const MemberKey other : others) {
    if (other == self_) continue;  // A clash with the own process is for it to settle.
    if (Newer(Find(other)->record, Find(newest)->record)) newest = other;
  }
  for (const MemberKey other : others) {
    if (other == newest || other == self_ || IsFinal(Find(other)->record)) continue;
    Supersede(now, other);
    result.superseded.push_back(other);
  }
}

}  // namespace vf
