// The generation of each partition, and the filter that lets compactions leave out what is of an
// older one: so a partition is dropped by one small write, and its rows go when RocksDB comes to
// them. (Range deletions do the same, but this release of RocksDB has bugs there.)
//
// Threads: any.
#pragma once

#include <rocksdb/compaction_filter.h>

#include <memory>

#include "node/store/rocksdb/partition_state.h"

namespace vf::disk {

class DroppedRowsFilter final : public rocksdb::CompactionFilter {
 public:
  // They outlive this object.
  DroppedRowsFilter(const PartitionState* states, Partition count)
      : states_(states), count_(count) {}

  const char* Name() const override { return "velourfog.DroppedRows"; }
  Decision FilterV2(int, const rocksdb::Slice& key, ValueType, const rocksdb::Slice&, std::string*,
                    std::string*) const override {
    const auto place = ParsePlace({key.data(), key.size()});
    if (!place || place->partition >= count_) return Decision::kKeep;
    const auto now = states_[place->partition].generation.load(std::memory_order_relaxed);
    return place->generation < now ? Decision::kRemove : Decision::kKeep;
  }

 private:
  const PartitionState* const states_;
  const Partition count_;
};

}  // namespace vf::disk
