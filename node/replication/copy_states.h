// Which partitions this process holds completely: what SyncPlan decides and every data thread reads
// before it lets a copy answer alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/key_hash.h"

namespace vf {

// A copy came in sync in some epoch, and is in sync as long as that epoch lasts: so one step doubts
// all copies, on whichever thread the reason to doubt them is noticed, before that thread answers
// another read.
//
// Threads: Set() and Clear() belong to one (the SyncPlan's), everything else to any.
class CopyStates {
 public:
  using Epoch = std::uint64_t;

  explicit CopyStates(Partition partition_count)
      : count_(partition_count), in_sync_since_(new std::atomic<Epoch>[partition_count]()) {}

  // Whether the copy holds every write that was acknowledged before it came in sync or since.
  // Says nothing about whether this process owns the partition.
  bool IsInSync(Partition partition) const {
    return in_sync_since_[partition].load(std::memory_order_acquire) == epoch();
  }

  Epoch epoch() const { return epoch_.load(std::memory_order_acquire); }
  // No copy is in sync any more: writes may have gone past this process.
  void DoubtAll() { epoch_.fetch_add(1, std::memory_order_acq_rel); }

  // `compared_in`: the epoch in which the copy began to compare itself with the others. If it has
  // ended since, the copy is not in sync.
  void Set(Partition partition, Epoch compared_in) {
    in_sync_since_[partition].store(compared_in, std::memory_order_release);
  }
  void Clear(Partition partition) { Set(partition, kNotInSync); }

  Partition partition_count() const { return count_; }

 private:
  static constexpr Epoch kNotInSync = 0;

  Partition count_;
  std::unique_ptr<std::atomic<Epoch>[]> in_sync_since_;
  std::atomic<Epoch> epoch_{kNotInSync + 1};
};

}  // namespace vf
