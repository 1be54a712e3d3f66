// News that is still to be told: pushed at first sight, piggybacked, repaired by the tick.
//
// Invariants: 1. At most one update a subject: a newer one replaces the older.
//             2. Each leaves at most `max_sends` times, then it is dropped.
// Order: fewest sends first, so that what is new goes out first; then by urgency; then newest.
// Limits: the number of members, by invariant 1. After a mass start that is what it holds, for
// minutes, so items are small: about 80 bytes and those of the update.
#pragma once

#include <absl/container/btree_set.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "gossip/member.h"
#include "gossip/members/slot_index.h"

namespace vf {

enum class Urgency : std::uint8_t { kLife = 0, kPhase = 1, kSuspicion = 2, kDescription = 3 };

struct QueuedUpdate {
  MemberKey subject = kNoMember;
  MemberKey source = kNoMember;  // who told us; kNoMember: this process
  Urgency urgency = Urgency::kLife;
  bool free_of_charge = false;   // a refutation: storm control lets it pass
  bool idle = false;             // no packet leaves for its sake: it rides on those that do
  std::vector<std::byte> bytes;  // as it stands in a BATCH
};

class UpdateQueue {
 public:
  UpdateQueue() : order_(Before{&items_}) {}
  UpdateQueue(const UpdateQueue&) = delete;
  UpdateQueue& operator=(const UpdateQueue&) = delete;

  void Put(QueuedUpdate update);
  void Remove(MemberKey subject);
  void Clear();

  // Offers updates in order. Each that was taken counts as sent once; kStop ends the offer.
  enum class Answer { kTaken, kNotForMe, kStop };
  void Offer(int max_sends, const std::function<Answer(const QueuedUpdate&)>& take);
  // Null if nothing about it is queued.
  const QueuedUpdate* Find(MemberKey subject) const;

  bool empty() const { return order_.empty(); }
  // Something is queued that is worth a packet.
  bool presses() const { return order_.size() > idle_; }
  std::size_t size() const { return order_.size(); }

 private:
  struct Item {
    QueuedUpdate update;
    std::uint64_t age = 0;  // falls with each Put: newest first
    int sends = 0;
  };
  // Of two items by their numbers.
  struct Before {
    const std::vector<Item>* items;
    bool operator()(std::uint32_t a, std::uint32_t b) const;
  };

  std::uint32_t NumberOf(MemberKey subject) const;
  // Out of the order already.
  void Drop(std::uint32_t number);

  std::vector<Item> items_;          // by number
  std::vector<std::uint32_t> free_;  // numbers
  SlotIndex by_subject_;
  absl::btree_set<std::uint32_t, Before> order_;
  std::size_t idle_ = 0;  // items
  std::uint64_t next_age_ = ~std::uint64_t{0};
};

}  // namespace vf
