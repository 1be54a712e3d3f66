// Which slice of the key space a key belongs to.
#pragma once

#include <cstdint>
#include <string>

#include "base/cluster_limits.h"
#include "base/key_hash.h"

namespace vf {

// 16 to the power of `digits`.
constexpr Partition PartitionCount(int digits) { return Partition{1} << (4 * digits); }

// The first `digits` hex digits of the key's SHA-1. REQUIRES: digits in 1..4.
constexpr Partition PartitionOf(const KeyHash& hash, int digits) {
  const auto first =
      (std::to_integer<Partition>(hash.bytes[0]) << 8) | std::to_integer<Partition>(hash.bytes[1]);
  return first >> (16 - 4 * digits);
}

// As /replicas shows it: `digits` lower-case hex digits.
std::string PartitionText(Partition partition, int digits);

}  // namespace vf
