// Records that a number says all of, for a process that writes them and one that looks for them.
#pragma once

#include <cstdint>
#include <string>

#include "node/store/record.h"
#include "node/store/store.h"

namespace vf {

inline Partition PartitionOfNumber(std::uint64_t number) {
  return static_cast<Partition>(number % 16);
}

// Some are deletions, some expire, some have values that stand apart.
inline RecordRef NumberedRecord(std::uint64_t number) {
  const bool tombstone = number % 11 == 0;
  const std::string value(number % 17 == 0 ? 5'000 : number % 100,
                          static_cast<char>('a' + number % 26));
  return RecordRef::Make({.key = "key" + std::to_string(number),
                          .value = tombstone ? "" : value,
                          .version = {(number + 1) << 16},
                          .expiry_ms = number % 7 == 0 ? number + 1 : 0,
                          .tombstone = tombstone});
}

}  // namespace vf
