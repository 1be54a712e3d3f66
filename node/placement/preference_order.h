// Rendezvous order: for every partition, the storage members sorted by how much they want it.
//
// Every process computes the same order from the same members, and when one comes or goes nobody
// else moves. Source: Thaler, Ravishankar, "Using name-based mappings to increase hit rates"
// (IEEE/ACM Transactions on Networking, 1998): highest random weight.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "gossip/types.h"
#include "node/placement/partition.h"

namespace vf {

// A storage member and the seat that places it.
struct Seat {
  MemberKey member = kNoMember;
  std::uint64_t seat = 0;
  bool operator==(const Seat&) const = default;
};

// The weight of a seat for a partition. Part of the cluster's contract with itself: golden values.
std::uint64_t RendezvousWeight(Partition partition, std::uint64_t seat);

// Immutable. Threads: any.
// Invariants: 1. Of(p) holds the min(kMaxListed, seats) members of greatest weight for p, greatest
//                first; equal weights in the order of their keys.
//             2. It depends on the set of seats alone, not on the way that led to it.
// Limits: kMaxListed members a partition, so that a big cluster costs memory by the partition, not
// by partition and member.
class PreferenceOrder {
 public:
  static constexpr std::size_t kMaxListed = 64;

  // `seats`: distinct members, any order.
  PreferenceOrder(Partition partition_count, std::vector<Seat> seats);

  // The order for `seats`, reusing this one: a member that came costs one weight a partition, one
  // that went costs a new list for the partitions that listed it and had more members to list.
  std::shared_ptr<const PreferenceOrder> Changed(std::vector<Seat> seats) const;

  std::span<const MemberKey> Of(Partition partition) const { return lists_[partition]; }
  // The first `count` members for which `counts`, however far behind they stand. Cost: one weight a
  // member.
  std::vector<MemberKey> FirstOf(Partition partition, std::size_t count,
                                 const std::function<bool(MemberKey)>& counts) const;
  const std::vector<Seat>& seats() const { return seats_; }  // sorted by member
  Partition partition_count() const { return static_cast<Partition>(lists_.size()); }

 private:
  std::uint64_t SeatOf(MemberKey member) const;
  void Insert(const Seat& seat);
  void Remove(const std::vector<Seat>& gone);

  std::vector<Seat> seats_;  // sorted by member
  std::vector<std::vector<MemberKey>> lists_;
};

}  // namespace vf
