// Where a member table keeps its rows, and how it finds them: by slot, key, endpoint, and among
// the live. Storage decides nothing; what a table is, and its promises, are in member_table.h.
//
// OwnMembers holds everything itself, in rows of 136 bytes and indices of about 30; what the rest
// of the process sees of the membership shares the rows. The simulator brings one that shares with
// other processes what all of them agree on.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/endpoint.h"
#include "gossip/member.h"
#include "gossip/members/member_list.h"
#include "gossip/members/member_pages.h"
#include "gossip/members/member_slot.h"
#include "gossip/members/slot_index.h"
#include "gossip/members/view_hash.h"

namespace vf {

class OwnMembers {
 public:
  OwnMembers();

  // Rows. A slot's number stays; references live until the next change.
  std::size_t slots() const { return pages_.slots(); }
  const MemberSlot& slot(std::size_t number) const { return pages_.slot(number); }
  MemberSlot& ChangeSlot(std::uint32_t number) { return pages_.ChangeSlot(number); }
  // An unused one at the end.
  std::uint32_t AddSlot();

  // Slots by key. kNoSlot if there is none.
  std::size_t keys() const { return order_->size(); }
  std::uint32_t Find(MemberKey key) const;
  // REQUIRES: the row of this slot has the key, from before AddKey() until after RemoveKey().
  void AddKey(MemberKey key, std::uint32_t number);
  void RemoveKey(MemberKey key);
  // Slots of the keys from `first` on, in their order, until `visit` returns false.
  template <typename Visit>
  void ForEachFrom(MemberKey first, const Visit& visit) const {
    for (auto it = FirstFrom(first); it != order_->end(); ++it) {
      if (!visit(KeyOf(*it), *it)) return;
    }
  }

  // Keys at an endpoint, in the order in which they came there: `visit(MemberKey)`, which changes
  // nothing.
  template <typename Visit>
  void ForEachKeyAt(const Endpoint& endpoint, const Visit& visit) const {
    for (std::uint32_t at = FirstAt(endpoint); at != kNoSlot; at = next_there_[at]) {
      visit(KeyOf(at));
    }
  }
  // REQUIRES: the key's row has the endpoint, from before AddKeyAt() until after RemoveKeyAt().
  void AddKeyAt(const Endpoint& endpoint, MemberKey key);
  void RemoveKeyAt(const Endpoint& endpoint, MemberKey key);

  // The live: slots in a row, positions 0 to live() - 1.
  std::size_t live() const { return live_.size(); }
  std::uint32_t LiveAt(std::size_t position) const { return live_[position]; }
  void AddLive(std::uint32_t number);
  // The last takes its position.
  void RemoveLive(std::uint32_t number);

  // Adds a live record to the view hash, or takes it away.
  void Toggle(const MemberRecord& record) { view_hash_.Toggle(record); }
  std::uint64_t view_hash() const { return view_hash_.total(); }
  std::uint64_t bucket_hash(std::size_t bucket) const { return view_hash_.bucket(bucket); }

  // All of them as they are now. O(slots / MemberPage::kSlots) after a change, else O(1).
  MemberList Share() const;

 private:
  using Order = MemberList::Order;

  MemberKey KeyOf(std::uint32_t number) const { return slot(number).member.record.key(); }
  Order::const_iterator FirstFrom(MemberKey key) const;
  // To be changed: no list has it.
  Order& OwnOrder();
  // Slot of the first key there; kNoSlot if there is none.
  std::uint32_t FirstAt(const Endpoint& endpoint) const;

  MemberPages pages_;
  std::shared_ptr<Order> order_;  // never null
  mutable bool order_shared_ = false;
  SlotIndex by_key_;
  SlotIndex by_endpoint_;                     // the first there
  std::vector<std::uint32_t> next_there_;     // of each slot: who came there after it
  std::vector<std::uint32_t> live_;           // slots
  std::vector<std::uint32_t> live_position_;  // of each slot
  ViewHash view_hash_;
};

template <typename T>
concept MemberStorage = requires(T storage, const T& seen, std::uint32_t number, std::size_t n,
                                 MemberKey key, const Endpoint& endpoint,
                                 const MemberRecord& record) {
  T();
  { seen.slots() } -> std::same_as<std::size_t>;
  { seen.slot(n) } -> std::same_as<const MemberSlot&>;
  { storage.ChangeSlot(number) } -> std::same_as<MemberSlot&>;
  { storage.AddSlot() } -> std::same_as<std::uint32_t>;
  { seen.keys() } -> std::same_as<std::size_t>;
  { seen.Find(key) } -> std::same_as<std::uint32_t>;
  storage.AddKey(key, number);
  storage.RemoveKey(key);
  storage.AddKeyAt(endpoint, key);
  storage.RemoveKeyAt(endpoint, key);
  { seen.live() } -> std::same_as<std::size_t>;
  { seen.LiveAt(n) } -> std::same_as<std::uint32_t>;
  storage.AddLive(number);
  storage.RemoveLive(number);
  storage.Toggle(record);
  { seen.view_hash() } -> std::same_as<std::uint64_t>;
  { seen.bucket_hash(n) } -> std::same_as<std::uint64_t>;
  { seen.Share() } -> std::same_as<MemberList>;
};

static_assert(MemberStorage<OwnMembers>);

}  // namespace vf
