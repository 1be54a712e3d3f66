// News that is still to be told: pushed at first sight, piggybacked, repaired by the tick.
//
// Invariants: 1. At most one update a subject: a newer one replaces the older.
//             2. Each leaves at most `max_sends` times, then it is dropped.
// Order: fewest sends first, so that what is new goes out first; then by urgency; then newest.
// Limits: the number of members, by invariant 1.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "gossip/types.h"

namespace vf {

enum class Urgency : std::uint8_t { kLife = 0, kPhase = 1, kSuspicion = 2, kDescription = 3 };

struct QueuedUpdate {
  MemberKey subject = kNoMember;
  Urgency urgency = Urgency::kLife;
  MemberKey source = kNoMember;  // who told us; kNoMember: this process
  bool free_of_charge = false;   // a refutation: storm control lets it pass
  std::vector<std::byte> bytes;  // as it stands in a BATCH
};

class UpdateQueue {
 public:
  void Put(QueuedUpdate update);
  void Remove(MemberKey subject);
  void Clear();

  // Offers updates in order. Each that was taken counts as sent once; kStop ends the offer.
  enum class Answer { kTaken, kNotForMe, kStop };
  void Offer(int max_sends, const std::function<Answer(const QueuedUpdate&)>& take);
  // Null if nothing about it is queued.
  const QueuedUpdate* Find(MemberKey subject) const;

  bool empty() const { return order_.empty(); }
  std::size_t size() const { return order_.size(); }

 private:
  struct Rank {
    int sends = 0;
    Urgency urgency = Urgency::kLife;
    std::uint64_t age = 0;  // falls with each Put: newest first
    MemberKey subject = kNoMember;
    auto operator<=>(const Rank&) const = default;
  };
  struct Item {
    Rank rank;
    QueuedUpdate update;
  };
  std::set<Rank> order_;
  std::map<MemberKey, Item> items_;
  std::uint64_t next_age_ = ~std::uint64_t{0};
};

}  // namespace vf
