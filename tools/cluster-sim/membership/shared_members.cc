#include "tools/cluster-sim/membership/shared_members.h"

#include <algorithm>

#include "base/check.h"

namespace vf {

static_assert(MemberStorage<sim::SharedMembers>);
static_assert(MemberTablePolicy<sim::SharedMemberTable>);
template class BasicMemberTable<sim::SharedMembers>;

}  // namespace vf

namespace vf::sim {
namespace {

std::shared_ptr<const MemberBase> EmptyBase() {
  static const auto empty =
      std::make_shared<const MemberBase>(TimePoint(), std::vector<MemberRecord>());
  return empty;
}

}  // namespace

MemberBase::MemberBase(TimePoint since, std::vector<MemberRecord> members) {
  std::sort(members.begin(), members.end(),
            [](const MemberRecord& a, const MemberRecord& b) { return a.key() < b.key(); });
  slots_.reserve(members.size());
  keys_.reserve(members.size());
  for (const MemberRecord& record : members) {
    VF_CHECK(record.state == MemberState::kAlive, "a base has live members only");
    const auto number = static_cast<std::uint32_t>(slots_.size());
    MemberSlot& slot = slots_.emplace_back();
    slot.used = true;
    slot.member.record = record;
    slot.member.since = since;
    slot.member.verified = true;
    keys_.push_back(record.key());
    const bool new_key = by_key_.Insert(record.key(), number);
    const bool new_endpoint = by_endpoint_.try_emplace(record.endpoint, number).second;
    VF_CHECK(new_key && new_endpoint, "two members with one key or endpoint");
    view_hash_.Toggle(record);
  }
}

std::uint32_t MemberBase::Find(MemberKey key) const {
  const std::uint32_t* number = by_key_.Find(key);
  return number == nullptr ? kNoSlot : *number;
}

void MemberBase::PrefetchSlot(MemberKey key) const {
  constexpr std::size_t kCacheLine = 64;
  const std::uint32_t number = Find(key);
  if (number == kNoSlot) return;
  const auto* slot = reinterpret_cast<const std::byte*>(&slots_[number]);
  for (std::size_t at = 0; at < sizeof(MemberSlot); at += kCacheLine) __builtin_prefetch(slot + at);
}

std::span<const MemberKey> MemberBase::KeysAt(const Endpoint& endpoint) const {
  const auto it = by_endpoint_.find(endpoint);
  if (it == by_endpoint_.end()) return {};
  return {&keys_[it->second], 1};
}

std::size_t MemberBase::FirstFrom(MemberKey key) const {
  return static_cast<std::size_t>(std::lower_bound(keys_.begin(), keys_.end(), key) -
                                  keys_.begin());
}

SharedMembers::SharedMembers() : SharedMembers(EmptyBase()) {}

SharedMembers::SharedMembers(std::shared_ptr<const MemberBase> base)
    : base_(std::move(base)),
      keys_(base_->size()),
      live_(base_->size()),
      view_hash_(base_->view_hash().total()) {}

const MemberSlot& SharedMembers::slot(std::size_t number) const {
  if (number >= base_->size()) return *added_[number - base_->size()];
  if (!slot_changes_.empty()) {
    const auto* changed = slot_changes_.Find(static_cast<std::uint32_t>(number));
    if (changed != nullptr) return **changed;
  }
  return base_->slot(number);
}

MemberSlot& SharedMembers::ChangeSlot(std::uint32_t number) {
  if (number >= base_->size()) return *added_[number - base_->size()];
  if (const auto* changed = slot_changes_.Find(number)) return **changed;
  auto copy = std::make_unique<MemberSlot>(base_->slot(number));
  MemberSlot& result = *copy;
  slot_changes_.Set(number, std::move(copy));
  return result;
}

std::uint32_t SharedMembers::AddSlot() {
  added_.push_back(std::make_unique<MemberSlot>());
  return static_cast<std::uint32_t>(slots() - 1);
}

std::uint32_t SharedMembers::Find(MemberKey key) const {
  if (!key_changes_.empty()) {
    if (const std::uint32_t* changed = key_changes_.Find(key)) return *changed;
  }
  return base_->Find(key);
}

void SharedMembers::AddKey(MemberKey key, std::uint32_t number) {
  ++keys_;
  key_changes_.Set(key, number);
}

void SharedMembers::RemoveKey(MemberKey key) {
  --keys_;
  if (base_->Find(key) == kNoSlot) {
    key_changes_.Erase(key);
  } else {
    key_changes_.Set(key, kNoSlot);
  }
}

std::span<const MemberKey> SharedMembers::KeysAt(const Endpoint& endpoint) const {
  if (const KeyList* changed = endpoint_changes_.Find(endpoint)) return *changed;
  return base_->KeysAt(endpoint);
}

SharedMembers::KeyList SharedMembers::KeyListAt(const Endpoint& endpoint) const {
  const std::span<const MemberKey> keys = KeysAt(endpoint);
  return {keys.begin(), keys.end()};
}

void SharedMembers::AddKeyAt(const Endpoint& endpoint, MemberKey key) {
  KeyList keys = KeyListAt(endpoint);
  keys.push_back(key);
  endpoint_changes_.Set(endpoint, std::move(keys));
}

void SharedMembers::RemoveKeyAt(const Endpoint& endpoint, MemberKey key) {
  KeyList keys = KeyListAt(endpoint);
  keys.erase(std::remove(keys.begin(), keys.end(), key), keys.end());
  if (keys.empty() && base_->KeysAt(endpoint).empty()) {
    endpoint_changes_.Erase(endpoint);
  } else {
    endpoint_changes_.Set(endpoint, std::move(keys));
  }
}

std::uint32_t SharedMembers::LiveAt(std::size_t position) const {
  const auto here = static_cast<std::uint32_t>(position);
  if (live_changes_.empty()) return here;
  const std::uint32_t* changed = live_changes_.Find(here);
  return changed == nullptr ? here : *changed;
}

std::uint32_t SharedMembers::PositionOf(std::uint32_t number) const {
  const std::uint32_t* changed = position_changes_.Find(number);
  return changed == nullptr ? number : *changed;
}

void SharedMembers::AddLive(std::uint32_t number) {
  const auto position = static_cast<std::uint32_t>(live_++);
  live_changes_.Set(position, number);
  position_changes_.Set(number, position);
}

void SharedMembers::RemoveLive(std::uint32_t number) {
  const auto last_position = static_cast<std::uint32_t>(--live_);
  const std::uint32_t last = LiveAt(last_position);
  const std::uint32_t position = PositionOf(number);
  live_changes_.Set(position, last);
  position_changes_.Set(last, position);
  live_changes_.Erase(last_position);  // Set anew if the list grows again.
}

void SharedMembers::Toggle(const MemberRecord& record) {
  const std::uint64_t hash = ViewHashOf(record);
  view_hash_ ^= hash;
  const std::size_t bucket = BucketOf(record.key());
  const std::uint64_t* changed = bucket_changes_.Find(bucket);
  const std::uint64_t difference = hash ^ (changed == nullptr ? 0 : *changed);
  if (difference == 0) {
    bucket_changes_.Erase(bucket);
  } else {
    bucket_changes_.Set(bucket, difference);
  }
}

std::uint64_t SharedMembers::bucket_hash(std::size_t bucket) const {
  const std::uint64_t* changed = bucket_changes_.Find(bucket);
  return base_->view_hash().bucket(bucket) ^ (changed == nullptr ? 0 : *changed);
}

MemberList SharedMembers::Share() const {
  std::vector<Member> members;
  members.reserve(keys_);
  ForEachFrom(0, [&](MemberKey, std::uint32_t number) {
    members.push_back(slot(number).member);
    return true;
  });
  return MemberList::Of(std::move(members));
}

std::size_t SharedMembers::heap_bytes() const {
  return slot_changes_.heap_bytes() + slot_changes_.size() * sizeof(MemberSlot) +
         added_.capacity() * sizeof(void*) + added_.size() * sizeof(MemberSlot) +
         key_changes_.heap_bytes() + endpoint_changes_.heap_bytes() + live_changes_.heap_bytes() +
         position_changes_.heap_bytes() + bucket_changes_.heap_bytes();
}

}  // namespace vf::sim
