// How far the copies of owners are from agreement, as far as this process has compared them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "base/key_hash.h"
#include "gossip/types.h"
#include "node/placement/cluster_view.h"

namespace vf {

// Counts the buckets that differed when the copy here was compared last with that of each other
// owner of its partition, unless the pass then made them equal. Both owners of a pair may count the
// same difference.
//
// Thread: none of its own; one owner.
// Limit: one entry for each pair of owners whose copies differ.
class Divergence {
 public:
  // `buckets`: 0 when the copies agree.
  void Note(const ClusterView& view, Partition partition, MemberKey peer, std::size_t buckets);
  // Pairs that are no owners any more count no longer.
  void Follow(const ClusterView& view);
  std::uint64_t buckets() const { return buckets_; }

 private:
  using Pair = std::pair<Partition, MemberKey>;
  std::map<Pair, std::size_t> differing_;
  std::uint64_t buckets_ = 0;  // the sum
};

}  // namespace vf
