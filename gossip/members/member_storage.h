// Where a member table keeps its rows, and how it finds them: by slot, key, endpoint, and among
// the live. Storage decides nothing; what a table is, and its promises, are in member_table.h.
//
// OwnMembers holds everything itself. The simulator brings one that shares with other processes
// what all of them agree on.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/lookup_map.h"
#include "gossip/members/member_entry.h"
#include "gossip/members/view_hash.h"
#include "gossip/types.h"

namespace vf {

inline constexpr std::uint32_t kNoSlot = 0xffffffff;

struct MemberSlot {
  bool used = false;
  MemberEntry entry;
};

class OwnMembers {
 public:
  // Rows. A slot's number stays; references live until the next change.
  std::size_t slots() const { return slots_.size(); }
  const MemberSlot& slot(std::size_t number) const { return slots_[number]; }
  MemberSlot& ChangeSlot(std::uint32_t number) { return slots_[number]; }
  // An unused one at the end.
  std::uint32_t AddSlot();

  // Slots by key. kNoSlot if there is none.
  std::size_t keys() const { return order_.size(); }
  std::uint32_t Find(MemberKey key) const {
    const std::uint32_t* number = by_key_.Find(key);
    return number == nullptr ? kNoSlot : *number;
  }
  void AddKey(MemberKey key, std::uint32_t number);
  void RemoveKey(MemberKey key);
  // Slots of the keys from `first` on, in their order, until `visit` returns false.
  template <typename Visit>
  void ForEachFrom(MemberKey first, const Visit& visit) const {
    for (auto it = FirstFrom(first); it != order_.end(); ++it) {
      if (!visit(it->first, it->second)) return;
    }
  }

  // Keys at an endpoint, in the order in which they came there.
  std::span<const MemberKey> KeysAt(const Endpoint& endpoint) const;
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

 private:
  using Order = std::vector<std::pair<MemberKey, std::uint32_t>>;
  Order::const_iterator FirstFrom(MemberKey key) const;

  std::deque<MemberSlot> slots_;
  LookupMap<MemberKey, std::uint32_t> by_key_;
  Order order_;  // sorted by key
  std::map<Endpoint, std::vector<MemberKey>> by_endpoint_;
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
  { seen.KeysAt(endpoint) } -> std::same_as<std::span<const MemberKey>>;
  storage.AddKeyAt(endpoint, key);
  storage.RemoveKeyAt(endpoint, key);
  { seen.live() } -> std::same_as<std::size_t>;
  { seen.LiveAt(n) } -> std::same_as<std::uint32_t>;
  storage.AddLive(number);
  storage.RemoveLive(number);
  storage.Toggle(record);
  { seen.view_hash() } -> std::same_as<std::uint64_t>;
  { seen.bucket_hash(n) } -> std::same_as<std::uint64_t>;
};

static_assert(MemberStorage<OwnMembers>);

}  // namespace vf
