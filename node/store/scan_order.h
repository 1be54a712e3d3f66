// The order of the records of a partition: by the upper half of their keys' hashes.
//
// Half of a hash is enough to spread the keys of a partition, and leaves room for a stamp in the
// slot of each record (record_table.h). Keys of one order follow one another in any order.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/hash64.h"

namespace vf {

constexpr std::uint64_t ScanOrderOf(std::uint64_t key_hash) { return key_hash >> 32 << 32; }
inline std::uint64_t ScanOrder(std::string_view key) { return ScanOrderOf(Hash64(AsBytes(key))); }

}  // namespace vf
