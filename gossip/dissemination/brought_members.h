// What a peer has brought of its members so far, bucket by bucket: for a joiner, who has all of
// them when as many have come as the peer says it holds, with the hash that it says they have.
//
// A joiner's own buckets say less: while others join it hears of members of whom the peer had not
// heard yet when it answered, and then no hash of its own would ever be equal to the peer's.
//
// Invariant: each member counts once, as its last record has it; the live ones make the hash.
// Thread: none of its own.
// Limits: what the peer holds, at most kMaxMembers and kMaxTombstones; further ones are left out,
// so their buckets stay incomplete.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/lookup_map.h"
#include "gossip/types.h"
#include "gossip/wire/codec.h"
#include "gossip/wire/message.h"

namespace vf {

class BroughtMembers {
 public:
  void Add(const Exchange& part);
  // REQUIRES: bucket < kViewBuckets.
  std::uint64_t hash(std::size_t bucket) const { return buckets_[bucket].hash; }
  // The dead and tombstones included.
  std::size_t count(std::size_t bucket) const { return buckets_[bucket].count; }
  // This one lives, as the peer has it.
  bool IsLive(MemberKey key) const {
    const std::uint64_t* hash = hashes_.Find(key);
    return hash != nullptr && *hash != 0;
  }

 private:
  struct Bucket {
    std::uint64_t hash = 0;
    std::size_t count = 0;
  };
  void Add(MemberKey key, std::uint64_t hash);

  std::array<Bucket, kViewBuckets> buckets_{};
  LookupMap<MemberKey, std::uint64_t> hashes_;  // of each; 0: not live
};

}  // namespace vf
