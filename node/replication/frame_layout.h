// What the encoder and the decoder of frames agree on, beside the order of fields.
#pragma once

#include <cstddef>
#include <cstdint>

#include "node/store/bucket_digests.h"

namespace vf {

// A record is five elements: key, version, flags, expiry, value.
inline constexpr std::size_t kRecordFields = 5;
// An entry of a version list is three: key, version, hash of the record.
inline constexpr std::size_t kVersionFields = 3;
// What IN_SYNC asks about is two: partition, hash of its list.
inline constexpr std::size_t kListedFields = 2;
inline constexpr std::size_t kBucketBytes = kBuckets * sizeof(std::uint64_t);
inline constexpr std::size_t kBucketSetBytes = kBuckets / 8;

}  // namespace vf
