// The keys of a run: their bytes, where they belong, and what was acknowledged of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/lookup_map.h"
#include "node/placement/partition.h"
#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

using KeyNumber = std::uint32_t;

struct BookedKey {
  std::string bytes;
  Partition partition = 0;
  std::uint64_t acked = 0;  // the greatest acknowledged version; 0: none
  std::uint64_t gone = 0;   // the greatest version that went with the last process that held it
};

// Thread: none of its own; one run. Keys are numbered from 0, in the order of their coming.
class KeyBook {
 public:
  explicit KeyBook(int partition_digits) : partition_digits_(partition_digits) {}

  // The number of the key, new or not.
  KeyNumber Add(std::string_view bytes) {
    if (const KeyNumber* known = numbers_.Find(bytes)) return *known;
    const auto number = static_cast<KeyNumber>(keys_.size());
    keys_.push_back({std::string(bytes), PartitionOf(HashKey(bytes), partition_digits_)});
    numbers_.Insert(keys_.back().bytes, number);
    return number;
  }
  // Null: no such key.
  const KeyNumber* Find(std::string_view bytes) const { return numbers_.Find(bytes); }

  BookedKey& At(KeyNumber number) { return keys_[number]; }
  const BookedKey& At(KeyNumber number) const { return keys_[number]; }
  KeyNumber size() const { return static_cast<KeyNumber>(keys_.size()); }

 private:
  const int partition_digits_;
  std::vector<BookedKey> keys_;
  TextLookupMap<KeyNumber> numbers_;
};

}  // namespace vf::sim
