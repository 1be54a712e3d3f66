// The storage engine that keeps everything in memory: a table of shared records a partition.
//
// Threads: any. A partition is locked for one table operation; hashing, copying and freeing of
// records happen outside of its lock, and no other lock is held with it. Stats() takes no lock.
// Limit: max_memory_bytes over records, tables and the engine itself, as estimated from what the
//   heap takes for each. It is checked before memory grows, without a lock across partitions: calls
//   that run at the same time may pass it by one record each.
// A partition that holds nothing costs 176 bytes, each other one 2 KiB for its bucket digests; a
// record with an expiry 8 in itself and TimeIndex::kBytesARecord beside it, a tombstone the latter.
// Errors: std::bad_alloc when the heap itself refuses; nothing has changed then.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "node/store/dropped_records.h"
#include "node/store/record.h"
#include "node/store/store.h"

namespace vf {

struct MemoryEngineOptions {
  Partition partition_count = 256;              // 1 to 65,536
  std::uint64_t max_memory_bytes = UINT64_MAX;  // for values; tombstones are taken beyond it
  Duration tombstone_age = hours(1);            // whole milliseconds
};

class MemoryEngine final : public Store {
 public:
  explicit MemoryEngine(const MemoryEngineOptions& options);
  ~MemoryEngine() override;
  MemoryEngine(const MemoryEngine&) = delete;
  MemoryEngine& operator=(const MemoryEngine&) = delete;

  PutResult Put(Partition partition, RecordRef record) override;
  RecordRef Get(Partition partition, std::string_view key) const override;
  std::uint64_t Digest(Partition partition) const override;
  std::uint64_t Digest(Partition partition, WallTime wall) const override;
  BucketDigests DigestsOfBuckets(Partition partition, WallTime wall) const override;
  ExpiryTurn Expire(WallTime wall, std::size_t max_records) override;
  StorePage Scan(Partition partition, std::uint64_t from, std::size_t max_bytes) const override;
  bool DropAll(Partition partition, std::uint64_t digest) override;
  bool Release(std::size_t max_records) override;
  bool Close(Partition partition) override;
  Duration tombstone_age() const override { return tombstone_age_; }
  void Forget(WallTime wall) override;
  WallTime wall() const override { return {wall_ms_.load(std::memory_order_relaxed)}; }
  Stamp NextStamp(Partition partition) override;
  TombstoneState Tombstones(Partition partition) const override;
  std::size_t Collect(Partition partition, TombstoneSweep& sweep, std::size_t max_records) override;
  std::uint64_t RecordCount(Partition partition) const override;
  StoreStats Stats() const override;
  Partition partition_count() const override;

 private:
  struct Slice;  // one partition's records, digest and lock

  Slice& At(Partition partition) const;
  bool MayGrow(std::uint64_t bytes) const;
  void NoteEarliest(Partition partition);
  std::size_t ExpireSome(Partition partition, WallTime wall, std::size_t max_records);
  void Account(const RecordRef* before, const RecordRef* after, std::uint64_t table_growth);
  template <typename Count>
  void CountOthers(Partition partition, std::uint64_t kept_below_ms, std::uint64_t below_ms,
                   Count count) const;
  void Erase(Partition partition, const RecordRef& record);
  void ForgetIn(Partition partition, std::uint64_t below_ms);

  const std::uint64_t max_memory_bytes_;
  const Duration tombstone_age_;
  const Partition partition_count_;
  const std::unique_ptr<Slice[]> slices_;
  // Of each partition the earliest expiry, UINT64_MAX if nothing in it expires. Changed under its
  // lock. An array of its own, so that a look at all of them is short.
  const std::unique_ptr<std::atomic<std::uint64_t>[]> earliest_;
  // By partition, under its lock; null until the first Close(), which few processes ever see.
  std::once_flag closing_;
  std::unique_ptr<bool[]> closed_owned_;
  std::atomic<const bool*> closed_{nullptr};
  DroppedRecords dropped_;
  Partition expire_from_ = 0;  // where the last Expire() ended; belongs to its caller's thread
  Partition forget_from_ = 0;  // the same of Forget()
  std::atomic<std::uint64_t> wall_ms_{0};
  std::atomic<std::uint64_t> live_records_{0};
  std::atomic<std::uint64_t> expiring_records_{0};
  std::atomic<std::uint64_t> tombstones_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> memory_bytes_{0};
};

}  // namespace vf
