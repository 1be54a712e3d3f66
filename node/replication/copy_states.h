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
// another read. One copy alone is doubted in the same way, by whoever hears that it is behind.
//
// Threads: Begin() and Complete() belong to one (the SyncPlan's), everything else to any.
// Invariant: a copy that was doubted is not in sync before a comparison that began later is over.
class CopyStates {
  using Epoch = std::uint64_t;

 public:
  explicit CopyStates(Partition partition_count)
      : count_(partition_count), in_sync_since_(new std::atomic<Epoch>[partition_count]()) {}

  // Whether the copy holds every write that was acknowledged before it came in sync or since.
  // Says nothing about whether this process owns the partition.
  bool IsInSync(Partition partition) const {
    return in_sync_since_[partition].load(std::memory_order_acquire) == epoch();
  }

  // No copy is in sync any more: writes may have gone past this process.
  void DoubtAll() { epoch_.fetch_add(kEpochStep, std::memory_order_acq_rel); }
  // This one is not: a write has gone past it, or it lost its place.
  void Doubt(Partition partition) {
    in_sync_since_[partition].store(kNotInSync, std::memory_order_release);
  }

  // The copy begins to compare itself with the others.
  void Begin(Partition partition) {
    in_sync_since_[partition].store(epoch() | kComparing, std::memory_order_release);
  }
  // The comparison that began last is over: the copy is in sync, unless it was doubted meanwhile.
  // Returns whether it is.
  bool Complete(Partition partition) {
    const Epoch now = epoch();
    Epoch comparing = now | kComparing;
    return in_sync_since_[partition].compare_exchange_strong(comparing, now,
                                                             std::memory_order_acq_rel);
  }

  Partition partition_count() const { return count_; }

 private:
  static constexpr Epoch kNotInSync = 0;
  // Epochs are even: the lowest bit tells a copy that compares itself from one that is in sync.
  static constexpr Epoch kComparing = 1;
  static constexpr Epoch kEpochStep = 2;

  Epoch epoch() const { return epoch_.load(std::memory_order_acquire); }

  Partition count_;
  std::unique_ptr<std::atomic<Epoch>[]> in_sync_since_;
  std::atomic<Epoch> epoch_{kNotInSync + kEpochStep};
};

}  // namespace vf
