// The RocksDB engine behind Store.
//
// Threads: any, two of its own besides those of RocksDB: LogSyncer's and DiskKeeper's. A put holds
// the lock of its partition while it reads the row that is there, writes, and brings digests and
// figures up to date; reads take no lock.
//
// Invariants: 1. Digests and figures of a partition are those of its rows, whenever its lock is
//                free, unless a write has failed: then those of all rows but the failed one.
//             2. Each row that HasTime() stands in the index by time, and nothing else does.
//             3. A row whose value stands apart names it by its hash: both change in one batch, and
//                a reader that finds no value looks for the row again.
// Errors: DiskHealth keeps them; see PutResult::Outcome and Store::readable().
#pragma once

#include <absl/status/statusor.h>

#include <atomic>
#include <memory>

#include "node/store/rocksdb/database.h"
#include "node/store/rocksdb/disk_health.h"
#include "node/store/rocksdb/disk_keeper.h"
#include "node/store/rocksdb/dropped_rows.h"
#include "node/store/rocksdb/log_syncer.h"
#include "node/store/rocksdb/open_store.h"
#include "node/store/rocksdb/partition_state.h"
#include "node/store/store.h"

namespace vf::disk {

class Engine final : public Store {
 public:
  explicit Engine(const DiskStoreOptions& options);
  ~Engine() override;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Once, before anything else.
  absl::StatusOr<StartReport> Open();

  PutResult Put(Partition partition, RecordRef record) override;
  RecordRef Get(Partition partition, std::string_view key) const override;
  std::uint64_t Digest(Partition partition) const override;
  std::uint64_t Digest(Partition partition, WallTime wall) const override;
  BucketDigests DigestsOfBuckets(Partition partition, WallTime wall) const override;
  ExpiryTurn Expire(WallTime wall, std::size_t max_records) override;
  StorePage Scan(Partition partition, std::uint64_t from, std::size_t max_bytes) const override;
  bool DropAll(Partition partition, std::uint64_t digest) override;
  bool Close(Partition partition) override;
  Duration tombstone_age() const override { return options_.tombstone_age; }
  void Forget(WallTime wall) override;
  WallTime wall() const override { return {wall_ms_.load(std::memory_order_relaxed)}; }
  Stamp NextStamp(Partition partition) override;
  TombstoneState Tombstones(Partition partition) const override;
  std::size_t Collect(Partition partition, TombstoneSweep& sweep, std::size_t max_records) override;
  bool IsDurable() const override;
  void WhenDurable(DurableCallback done) override;
  bool readable() const override { return health_.readable(); }
  StoreHealth Health() const override { return health_.Report(); }
  std::uint64_t RecordCount(Partition partition) const override;
  StoreStats Stats() const override;
  Partition partition_count() const override { return options_.partition_count; }

 private:
  enum class Find { kFound, kNone, kFailed };

  PartitionState& At(Partition partition) const;
  Place PlaceOf(Partition partition) const;

  // The start.
  absl::Status CheckSettings(StartReport& report);
  absl::Status LoadGenerations();

  // Reads.
  Find ReadRow(Place place, std::uint64_t order, std::string_view key,
               rocksdb::PinnableSlice& bytes, Row& row) const;
  Find ReadValue(Place place, std::uint64_t order, const Row& row, std::string_view key,
                 rocksdb::PinnableSlice& value) const;
  Find ReadRecord(Partition partition, std::string_view key, RecordRef& record) const;
  void NoteReadFailure(const rocksdb::Status& status) const;

  // Writes. Those with a Place: under the partition's lock.
  bool Write(rocksdb::WriteBatch& batch);
  SyncResult SyncLog();
  PutResult::Outcome Replace(Place place, std::uint64_t order, const Row* old, const Row& row,
                             const RecordView& record);
  void AddTime(rocksdb::WriteBatch& batch, Place place, std::uint64_t order, const Row& row,
               std::string_view key, Stamp stamp) const;
  void Account(const Figures& change);

  // Times.
  std::size_t ExpireSome(Partition partition, WallTime wall, std::size_t max_records);
  std::vector<std::string> DueKeys(Partition partition, WallTime wall, std::size_t max_records);
  void FindEarliest(Place place, TimeKind kind, TimeBound& bound) const;
  void ForgetIn(Partition partition, std::uint64_t below_ms, std::size_t& left);
  template <typename Read, typename Count>
  void ReadDigests(Partition partition, WallTime wall, Read read, Count count) const;

  const DiskStoreOptions options_;
  const std::unique_ptr<PartitionState[]> states_;
  const DroppedRowsFilter filter_;
  mutable DiskHealth health_;
  Database database_;
  rocksdb::DB* db_ = nullptr;
  std::uint32_t start_ = 0;            // how often the folder was opened, this time included
  std::unique_ptr<LogSyncer> syncer_;  // with `sync` only
  std::unique_ptr<DiskKeeper> keeper_;

  Partition expire_from_ = 0;  // where the last Expire() ended; belongs to its caller's thread
  Partition forget_from_ = 0;  // the same of Forget()
  std::atomic<std::uint64_t> wall_ms_{0};
  std::atomic<std::uint64_t> live_records_{0};
  std::atomic<std::uint64_t> expiring_records_{0};
  std::atomic<std::uint64_t> tombstones_{0};
  std::atomic<std::uint64_t> bytes_{0};
};

}  // namespace vf::disk
