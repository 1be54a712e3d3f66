// A storage for member tables that thousands of processes share.
//
// MemberBase is what all of them agree on: many members, all alive, all met; it never changes.
// SharedMembers is one process's view: the base, and an overlay of what differs from it. A process
// at rest has an empty overlay; a death costs it a few hundred bytes. Lookups and changes cost
// O(log changes).
// A table over it (SharedMemberTable) behaves exactly like a MemberTable into which the members of
// the base were merged in the order of their keys: same slots, same samples from same draws.
//
// Threads: the base belongs to all, a SharedMembers to one.
#pragma once

#include <absl/container/btree_map.h>
#include <absl/container/inlined_vector.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/lookup_map.h"
#include "gossip/members/member_storage.h"
#include "gossip/members/member_table.h"
#include "gossip/members/view_hash.h"
#include "gossip/types.h"

namespace vf::sim {

class MemberBase {
 public:
  // REQUIRES: all alive; no two of a key or an endpoint. Their order does not matter.
  MemberBase(TimePoint since, std::vector<MemberRecord> members);

  std::size_t size() const { return slots_.size(); }
  // In the order of keys.
  const MemberSlot& slot(std::size_t number) const { return slots_[number]; }
  MemberKey key(std::size_t number) const { return keys_[number]; }
  std::uint32_t Find(MemberKey key) const;
  // The key of a member that is there, as a list of one; or nothing.
  std::span<const MemberKey> KeysAt(const Endpoint& endpoint) const;
  // Into the cache: what Find() will read; then, if it can be read now, the slot that it finds.
  void PrefetchKey(MemberKey key) const { by_key_.Prefetch(key); }
  void PrefetchSlot(MemberKey key) const;
  // The first slot whose key is not below.
  std::size_t FirstFrom(MemberKey key) const;
  const ViewHash& view_hash() const { return view_hash_; }

 private:
  std::vector<MemberSlot> slots_;
  std::vector<MemberKey> keys_;  // of the slots
  LookupMap<MemberKey, std::uint32_t> by_key_;
  std::map<Endpoint, std::uint32_t> by_endpoint_;
  ViewHash view_hash_;
};

// A sorted map that is mostly empty, and then small: no node, no allocation.
template <typename Key, typename Value>
class SortedOverlay {
 public:
  using Items = absl::btree_map<Key, Value>;

  // Null if there is none. Lives until the next change of the overlay.
  const Value* Find(const Key& key) const {
    if (items_.empty()) return nullptr;
    const auto it = items_.find(key);
    return it == items_.end() ? nullptr : &it->second;
  }
  void Set(const Key& key, Value value) { items_.insert_or_assign(key, std::move(value)); }
  void Erase(const Key& key) { items_.erase(key); }
  typename Items::const_iterator From(const Key& key) const { return items_.lower_bound(key); }
  typename Items::const_iterator end() const { return items_.end(); }
  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  // Of the pairs alone: nodes are half full or better.
  std::size_t heap_bytes() const { return items_.size() * sizeof(std::pair<const Key, Value>); }

 private:
  Items items_;
};

class SharedMembers {
 public:
  // Of a process that knows nobody yet: everything will be in the overlay.
  SharedMembers();
  explicit SharedMembers(std::shared_ptr<const MemberBase> base);

  // As in OwnMembers.
  std::size_t slots() const { return base_->size() + added_.size(); }
  const MemberSlot& slot(std::size_t number) const;
  MemberSlot& ChangeSlot(std::uint32_t number);
  std::uint32_t AddSlot();

  std::size_t keys() const { return keys_; }
  std::uint32_t Find(MemberKey key) const;
  void AddKey(MemberKey key, std::uint32_t number);
  void RemoveKey(MemberKey key);
  template <typename Visit>
  void ForEachFrom(MemberKey first, const Visit& visit) const {
    auto changed = key_changes_.From(first);
    for (std::size_t i = base_->FirstFrom(first); i < base_->size(); ++i) {
      const MemberKey key = base_->key(i);
      for (; changed != key_changes_.end() && changed->first < key; ++changed) {
        if (changed->second != kNoSlot && !visit(changed->first, changed->second)) return;
      }
      auto number = static_cast<std::uint32_t>(i);
      if (changed != key_changes_.end() && changed->first == key) {
        number = changed->second;
        ++changed;
      }
      if (number != kNoSlot && !visit(key, number)) return;
    }
    for (; changed != key_changes_.end(); ++changed) {
      if (changed->second != kNoSlot && !visit(changed->first, changed->second)) return;
    }
  }

  std::span<const MemberKey> KeysAt(const Endpoint& endpoint) const;
  template <typename Visit>
  void ForEachKeyAt(const Endpoint& endpoint, const Visit& visit) const {
    for (const MemberKey key : KeysAt(endpoint)) visit(key);
  }
  void AddKeyAt(const Endpoint& endpoint, MemberKey key);
  void RemoveKeyAt(const Endpoint& endpoint, MemberKey key);

  std::size_t live() const { return live_; }
  std::uint32_t LiveAt(std::size_t position) const;
  void AddLive(std::uint32_t number);
  void RemoveLive(std::uint32_t number);

  void Toggle(const MemberRecord& record);
  std::uint64_t view_hash() const { return view_hash_; }
  std::uint64_t bucket_hash(std::size_t bucket) const;

  // A copy of all of them: O(N log N).
  MemberList Share() const;

  // Of the overlay, without what the allocator adds.
  std::size_t heap_bytes() const;

 private:
  using KeyList = absl::InlinedVector<MemberKey, 1>;
  KeyList KeyListAt(const Endpoint& endpoint) const;
  std::uint32_t PositionOf(std::uint32_t number) const;

  std::shared_ptr<const MemberBase> base_;
  std::size_t keys_ = 0;
  std::size_t live_ = 0;
  std::uint64_t view_hash_ = 0;
  // Each says what differs from the base.
  SortedOverlay<std::uint32_t, std::unique_ptr<MemberSlot>> slot_changes_;
  std::vector<std::unique_ptr<MemberSlot>> added_;       // slots behind the base
  SortedOverlay<MemberKey, std::uint32_t> key_changes_;  // kNoSlot: gone
  SortedOverlay<Endpoint, KeyList> endpoint_changes_;    // all keys there
  // In the base the live member at position i has slot i.
  SortedOverlay<std::uint32_t, std::uint32_t> live_changes_;      // slots by position
  SortedOverlay<std::uint32_t, std::uint32_t> position_changes_;  // positions by slot
  SortedOverlay<std::size_t, std::uint64_t> bucket_changes_;      // to be XORed
};

using SharedMemberTable = BasicMemberTable<SharedMembers>;

}  // namespace vf::sim
