// Which partitions this process holds completely: the one fact that SyncPlan decides and every
// data thread reads before it lets a copy answer alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/key_hash.h"

namespace vf {

// Threads: one writer (the SyncPlan's thread), any readers.
class CopyStates {
 public:
  explicit CopyStates(Partition partition_count)
      : count_(partition_count), in_sync_(new std::atomic<bool>[partition_count]()) {}

  // Whether the copy holds every write that was acknowledged before it came in sync or since.
  // Says nothing about whether this process owns the partition.
  bool IsInSync(Partition partition) const {
    return in_sync_[partition].load(std::memory_order_acquire);
  }
  void Set(Partition partition, bool in_sync) {
    in_sync_[partition].store(in_sync, std::memory_order_release);
  }
  Partition partition_count() const { return count_; }

 private:
  Partition count_;
  std::unique_ptr<std::atomic<bool>[]> in_sync_;
};

}  // namespace vf
