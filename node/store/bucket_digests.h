// The 256 buckets that a partition's records fall into, their digests, and sets of them.
//
// A bucket is a range of key hashes, so its records follow one another in Store::Scan().
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>

namespace vf {

inline constexpr std::size_t kBuckets = 256;

using BucketSet = std::bitset<kBuckets>;

// XOR of RecordHash over the records of each bucket; 0 where there are none.
using BucketDigests = std::array<std::uint64_t, kBuckets>;

// `key_hash`: Hash64 of the key.
constexpr std::size_t BucketOf(std::uint64_t key_hash) { return key_hash >> 56; }
constexpr std::uint64_t FirstHashOf(std::size_t bucket) { return std::uint64_t{bucket} << 56; }

// The first bucket of `set` from `bucket` on; kBuckets: there is none.
inline std::size_t NextBucket(const BucketSet& set, std::size_t bucket) {
  while (bucket < kBuckets && !set.test(bucket)) ++bucket;
  return bucket;
}

}  // namespace vf
