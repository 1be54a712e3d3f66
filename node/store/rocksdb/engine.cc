#include "node/store/rocksdb/engine.h"

#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "node/store/scan_order.h"

namespace vf::disk {
namespace {

// Longer values are read past the block cache: the system's has them, and a copy that is on its way
// to a client should be the only other one.
constexpr std::size_t kMostCachedValueBytes = 64 << 10;

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

PartitionState& Engine::At(Partition partition) const {
  VF_CHECK(partition < options_.partition_count, "no such partition");
  return states_[partition];
}

Place Engine::PlaceOf(Partition partition) const {
  return {partition, At(partition).generation.load(std::memory_order_acquire)};
}

void Engine::Account(const Figures& change) {
  if (change.live != 0) live_records_.fetch_add(change.live, kRelaxed);
  if (change.expiring != 0) expiring_records_.fetch_add(change.expiring, kRelaxed);
  if (change.tombstones != 0) tombstones_.fetch_add(change.tombstones, kRelaxed);
  if (change.bytes != 0) bytes_.fetch_add(change.bytes, kRelaxed);
}

// --- Reading ---

void Engine::NoteReadFailure(const rocksdb::Status& status) const {
  health_.ReadFailed(Describe("a record cannot be read", status));
}

Engine::Find Engine::ReadRow(Place place, std::uint64_t order, std::string_view key,
                             rocksdb::PinnableSlice& bytes, Row& row) const {
  const DiskKey row_key = DiskKey::OfRow(place, order, key);
  const rocksdb::Status status =
      db_->Get(rocksdb::ReadOptions(), db_->DefaultColumnFamily(), ToSlice(row_key.view()), &bytes);
  if (status.IsNotFound()) return Find::kNone;
  if (!status.ok()) {
    NoteReadFailure(status);
    return Find::kFailed;
  }
  const std::optional<Row> parsed = ParseRow(ToView(bytes));
  if (!parsed) {
    NoteReadFailure(rocksdb::Status::Corruption("a row"));
    return Find::kFailed;
  }
  row = *parsed;
  return Find::kFound;
}

Engine::Find Engine::ReadValue(Place place, std::uint64_t order, const Row& row,
                               std::string_view key, rocksdb::PinnableSlice& value) const {
  const DiskKey value_key = DiskKey::OfValue(place, order, row.hash, key);
  rocksdb::ReadOptions options;
  options.fill_cache = row.value_bytes <= kMostCachedValueBytes;
  const rocksdb::Status status =
      db_->Get(options, db_->DefaultColumnFamily(), ToSlice(value_key.view()), &value);
  if (status.IsNotFound()) return Find::kNone;
  if (status.ok() && value.size() == row.value_bytes) return Find::kFound;
  NoteReadFailure(status.ok() ? rocksdb::Status::Corruption("the length of a value") : status);
  return Find::kFailed;
}

Engine::Find Engine::ReadRecord(Partition partition, std::string_view key,
                                RecordRef& record) const {
  const std::uint64_t order = ScanOrder(key);
  std::uint64_t hash_without_value = 0;
  for (bool again = false;; again = true) {
    const Place place = PlaceOf(partition);
    rocksdb::PinnableSlice bytes;
    Row row;
    if (const Find found = ReadRow(place, order, key, bytes, row); found != Find::kFound) {
      return found;
    }
    rocksdb::PinnableSlice value;
    if (row.apart) {
      const Find found = ReadValue(place, order, row, key, value);
      if (found == Find::kFailed) return found;
      if (found == Find::kNone) {
        // Replaced, or dropped, since its row was read; if the row is the same one, lost.
        if (again && row.hash == hash_without_value) {
          NoteReadFailure(rocksdb::Status::Corruption("a value is missing"));
          return Find::kFailed;
        }
        hash_without_value = row.hash;
        continue;
      }
    }
    record = RecordRef::Make(row.View(key, ToView(value)));
    return Find::kFound;
  }
}

RecordRef Engine::Get(Partition partition, std::string_view key) const {
  RecordRef record;
  ReadRecord(partition, key, record);
  return record;
}

StorePage Engine::Scan(Partition partition, std::uint64_t from, std::size_t max_bytes) const {
  StorePage page;
  page.next = from;
  const Place place = PlaceOf(partition);
  const DiskKey end = DiskKey::End(Space::kRows, place);
  const rocksdb::Slice end_slice = ToSlice(end.view());
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end_slice;
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(options));
  std::size_t bytes = 0;
  std::uint64_t taken = 0;  // the order of the last record
  for (rows->Seek(ToSlice(DiskKey::RowsFrom(place, from).view())); rows->Valid(); rows->Next()) {
    const std::optional<RowKey> key = ParseRowKey(ToView(rows->key()));
    const std::optional<Row> row = ParseRow(ToView(rows->value()));
    if (!key || !row) {
      NoteReadFailure(rocksdb::Status::Corruption("a row"));
      break;
    }
    if (!page.records.empty() && bytes >= max_bytes && key->order != taken) {
      page.next = key->order;
      return page;
    }
    RecordRef record;
    if (!row->apart) {
      record = RecordRef::Make(row->View(key->key, {}));
    } else if (rocksdb::PinnableSlice value;
               ReadValue(place, key->order, *row, key->key, value) == Find::kFound) {
      record = RecordRef::Make(row->View(key->key, ToView(value)));
    } else if (ReadRecord(partition, key->key, record) != Find::kFound) {
      continue;  // It has gone since; or readable() says it.
    }
    page.records.push_back(std::move(record));
    bytes += key->key.size() + row->value_bytes;
    taken = key->order;
  }
  if (!rows->status().ok()) NoteReadFailure(rows->status());
  page.last = true;
  return page;
}

// --- Writing ---

bool Engine::Write(rocksdb::WriteBatch& batch) {
  const rocksdb::Status status = db_->Write(rocksdb::WriteOptions(), &batch);
  if (status.ok()) {
    if (syncer_ != nullptr) syncer_->NoteWrite();
    keeper_->NoteWritten(batch.GetDataSize());
    return true;
  }
  // Room may come back, other failures are left to a restart, which looks at everything anew.
  health_.WriteFailed(Describe("the disk does not take writes", status), !status.IsNoSpace());
  keeper_->Wake();
  return false;
}

// A log to which a write has failed takes no sync either: this build of RocksDB would even abort on
// its first one. What was written before is made durable when the disk has room again, or not.
SyncResult Engine::SyncLog() {
  if (!health_.writable()) {
    return health_.IsFailedForGood() ? SyncResult::kFailed : SyncResult::kNotNow;
  }
  const rocksdb::Status status = db_->SyncWAL();
  if (status.ok()) return SyncResult::kDone;
  health_.WriteFailed(Describe("the log cannot be synced", status), /*for_good=*/true);
  return SyncResult::kFailed;
}

void Engine::AddTime(rocksdb::WriteBatch& batch, Place place, std::uint64_t order, const Row& row,
                     std::string_view key, Stamp stamp) const {
  if (!row.HasTime()) return;
  const DiskKey time = TimeKey::Of(place, row.Kind(), row.AtMs(), order, key);
  const std::string mark =
      row.tombstone ? EncodeMark({.hash = row.hash, .start = start_, .stamp = stamp}) : "";
  batch.Put(ToSlice(time.view()), mark);
}

// Puts the record in the place of `old` (null: of none).
PutResult::Outcome Engine::Replace(Place place, std::uint64_t order, const Row* old, const Row& row,
                                   const RecordView& record) {
  PartitionState& state = states_[place.partition];
  rocksdb::WriteBatch batch;
  batch.Put(ToSlice(DiskKey::OfRow(place, order, record.key).view()), EncodeRow(row));
  if (row.apart) {
    batch.Put(ToSlice(DiskKey::OfValue(place, order, row.hash, record.key).view()),
              ToSlice(record.value));
  }
  // What goes comes first: an entry of the same time is overwritten, not removed.
  if (old != nullptr && old->apart && old->hash != row.hash) {
    batch.Delete(ToSlice(DiskKey::OfValue(place, order, old->hash, record.key).view()));
  }
  if (old != nullptr && old->HasTime()) {
    batch.Delete(ToSlice(TimeKey::Of(place, old->Kind(), old->AtMs(), order, record.key).view()));
  }
  AddTime(batch, place, order, row, record.key, state.stamp);
  if (!Write(batch)) {
    return health_.IsFailedForGood() ? PutResult::Outcome::kFailed : PutResult::Outcome::kNoSpace;
  }
  Figures change;
  state.Came(order, row, record.key.size());
  change.Count(row, record.key.size(), 1);
  if (old != nullptr) {
    state.Went(order, *old, record.key.size());
    change.Count(*old, record.key.size(), ~std::uint64_t{0});
  }
  Account(change);
  return old != nullptr && old->version == row.version ? PutResult::Outcome::kTied
                                                       : PutResult::Outcome::kStored;
}

PutResult Engine::Put(Partition partition, RecordRef record) {
  using Outcome = PutResult::Outcome;
  const RecordView view = record.view();
  VF_CHECK(!view.key.empty() && view.key.size() <= DiskKey::kMostKeyBytes,
           "key length out of range");
  const std::uint64_t order = ScanOrder(view.key);
  const Row row = RowOf(view, record.hash());
  PartitionState& state = At(partition);

  const std::lock_guard lock(state.mutex);
  if (state.closed) return {Outcome::kClosed, {}};
  const Place place = PlaceOf(partition);
  rocksdb::PinnableSlice bytes;
  Row old;
  const Find found = ReadRow(place, order, view.key, bytes, old);
  if (found == Find::kFailed) return {Outcome::kFailed, {}};
  if (found == Find::kFound) {
    rocksdb::PinnableSlice value;
    const bool same = old.version == row.version && old.hash == row.hash;
    if (!same && old.version == row.version && old.apart &&
        ReadValue(place, order, old, view.key, value) != Find::kFound) {
      return {Outcome::kFailed, {}};
    }
    const auto compared = same ? std::strong_ordering::equal
                               : CompareRecords(view, old.View(view.key, ToView(value)));
    if (compared == 0) return {Outcome::kStored, view.version};
    if (compared < 0) {
      if (state.IsForgotten(old)) ++state.refused;
      return {Outcome::kSuperseded, old.version};
    }
  }
  if (!health_.writable()) {
    return {health_.IsFailedForGood() ? Outcome::kFailed : Outcome::kNoSpace, {}};
  }
  if (!view.tombstone && !health_.has_room()) return {Outcome::kNoSpace, {}};
  const Outcome outcome = Replace(place, order, found == Find::kFound ? &old : nullptr, row, view);
  const bool stored = outcome == Outcome::kStored || outcome == Outcome::kTied;
  return {outcome, stored ? view.version : Version()};
}

bool Engine::DropAll(Partition partition, std::uint64_t digest) {
  PartitionState& state = At(partition);
  const std::lock_guard lock(state.mutex);
  if (state.digest != digest || !health_.readable()) return false;
  if (state.records() == 0) return true;
  const Place next{partition, state.generation.load(kRelaxed) + 1};
  rocksdb::WriteBatch batch;
  batch.Put(ToSlice(DiskKey::OfGeneration(partition).view()), EncodeNumber(next.generation));
  if (!health_.writable() || !Write(batch)) return false;
  Figures change;
  change.live -= state.figures.live;
  change.expiring -= state.figures.expiring;
  change.tombstones -= state.figures.tombstones;
  change.bytes -= state.figures.bytes;
  Account(change);
  state.Clear();
  state.generation.store(next.generation, std::memory_order_release);
  keeper_->Clean(next);
  return true;
}

bool Engine::Close(Partition partition) {
  PartitionState& state = At(partition);
  const std::lock_guard lock(state.mutex);
  if (state.records() == 0) state.closed = true;
  return state.closed;
}

bool Engine::IsDurable() const { return syncer_ == nullptr || syncer_->IsDurable(); }

void Engine::WhenDurable(DurableCallback done) {
  if (syncer_ == nullptr) return done(true);
  syncer_->WhenDurable(std::move(done));
}

// --- Figures ---

std::uint64_t Engine::RecordCount(Partition partition) const {
  const PartitionState& state = At(partition);
  const std::lock_guard lock(state.mutex);
  return state.records();
}

StoreStats Engine::Stats() const {
  std::uint64_t memory = sizeof(*this) + database_.cache->GetUsage();
  std::uint64_t readers = 0;
  if (db_->GetIntProperty(rocksdb::DB::Properties::kEstimateTableReadersMem, &readers)) {
    memory += readers;
  }
  for (Partition p = 0; p < options_.partition_count; ++p) {
    const std::lock_guard lock(states_[p].mutex);
    memory += sizeof(PartitionState) + (states_[p].buckets ? sizeof(BucketDigests) : 0);
  }
  return {.live_records = live_records_.load(kRelaxed),
          .expiring_records = expiring_records_.load(kRelaxed),
          .tombstones = tombstones_.load(kRelaxed),
          .bytes = bytes_.load(kRelaxed),
          .memory_bytes = memory};
}

}  // namespace vf::disk
