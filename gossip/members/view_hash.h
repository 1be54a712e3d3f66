// One number for what a process believes of all live members, and one for each of 256 buckets.
//
// XOR of a hash over (key, boot, incarnation, meta_version) of every member that is alive or
// suspect, the process itself included. Suspicions differ for moments by design, tombstones expire
// at different times: both are left out. Equal views have equal hashes; XOR is no defence against
// an adversary, and needs none here.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/hash64.h"
#include "gossip/types.h"
#include "gossip/wire/message.h"

namespace vf {

// The top byte of the key.
constexpr std::size_t BucketOf(MemberKey key) { return static_cast<std::size_t>(key >> 56); }

inline std::uint64_t ViewHashOf(const MemberRecord& r) {
  std::array<std::byte, 24> bytes;
  StoreLittleEndian(bytes.data(), r.key());
  StoreLittleEndian(bytes.data() + 8, r.boot);
  StoreLittleEndian(bytes.data() + 16, r.incarnation);
  StoreLittleEndian(bytes.data() + 20, r.meta_version);
  return Hash64(bytes);
}

// Kept up to date by each change. O(1) a change.
class ViewHash {
 public:
  // Adds a live member, or takes it away again.
  void Toggle(const MemberRecord& record) {
    const std::uint64_t hash = ViewHashOf(record);
    total_ ^= hash;
    buckets_[BucketOf(record.key())] ^= hash;
  }
  std::uint64_t total() const { return total_; }
  std::uint64_t bucket(std::size_t i) const { return buckets_[i]; }

 private:
  std::uint64_t total_ = 0;
  std::array<std::uint64_t, kViewBuckets> buckets_{};
};

}  // namespace vf
