#include "node/store/rocksdb/start_scan.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "node/store/rocksdb/database.h"

namespace vf::disk {
namespace {

constexpr unsigned kMostThreads = 8;
// Ranges of partitions that threads take one after the other: some more than threads, since they
// are not equally full.
constexpr Partition kRanges = 64;
constexpr std::size_t kReadaheadBytes = 2 << 20;

class RowScan {
 public:
  RowScan(rocksdb::DB& db, PartitionState* states, Partition count)
      : db_(db), states_(states), count_(count) {}

  absl::Status Run() {
    std::vector<std::thread> threads;
    for (unsigned t = 1; t < std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
         ++t) {
      threads.emplace_back([this] { Work(); });
    }
    Work();
    for (std::thread& thread : threads) thread.join();
    return failure_;
  }

 private:
  void Work() {
    for (;;) {
      const std::uint64_t range = next_.fetch_add(1);
      if (range >= kRanges || failed_.load()) return;
      const auto from = static_cast<Partition>(range * count_ / kRanges);
      const auto to = static_cast<Partition>((range + 1) * count_ / kRanges);
      if (from == to) continue;
      const rocksdb::Status status = Read(from, to);
      if (status.ok()) continue;
      const std::lock_guard lock(mutex_);
      failed_.store(true);
      failure_ = absl::DataLossError(
          Describe("rows cannot be read", status) +
          "; start with an empty folder instead: this node then gets its records from the others");
    }
  }

  rocksdb::Status Read(Partition from, Partition to) {
    const DiskKey first = DiskKey::Begin(Space::kRows, {from, 0});
    const DiskKey last = DiskKey::End(Space::kRows, {to - 1, UINT32_MAX - 1});
    const rocksdb::Slice end = ToSlice(last.view());
    rocksdb::ReadOptions options;
    options.iterate_upper_bound = &end;
    options.fill_cache = false;
    options.readahead_size = kReadaheadBytes;
    const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(options));
    rows->Seek(ToSlice(first.view()));
    while (rows->Valid()) {
      const std::optional<RowKey> key = ParseRowKey(ToView(rows->key()));
      const std::optional<Row> row = ParseRow(ToView(rows->value()));
      if (!key || !row || key->place.partition >= count_) {
        return rocksdb::Status::Corruption("a row");
      }
      PartitionState& state = states_[key->place.partition];
      const std::uint32_t now = state.generation.load(std::memory_order_relaxed);
      if (key->place.generation != now) {  // Garbage: go past all of it.
        const Place place{key->place.partition, now};
        rows->Seek(ToSlice(DiskKey::Begin(Space::kRows, place).view()));
        continue;
      }
      state.Came(key->order, *row, key->key.size());
      rows->Next();
    }
    return rows->status();
  }

  rocksdb::DB& db_;
  PartitionState* const states_;
  const Partition count_;
  std::atomic<std::uint64_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  absl::Status failure_;  // guarded by mutex_
};

}  // namespace

absl::Status ScanRows(rocksdb::DB& db, PartitionState* states, Partition count) {
  return RowScan(db, states, count).Run();
}

}  // namespace vf::disk
