#include "node/store/memory_engine.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/hash64.h"
#include "base/planted_bug.h"
#include "node/store/expiry_index.h"
#include "node/store/record_table.h"

namespace vf {
namespace {

constexpr Partition kMostPartitions = 65'536;
constexpr std::size_t kMostKeyBytes = 2'048;

// Records that Expire looks for while it holds a lock.
constexpr std::size_t kExpiryStepRecords = 64;

// Records that Scan takes while it holds a lock: some ten microseconds when they are not cached.
constexpr std::size_t kScanStepRecords = 256;

constexpr auto kRelaxed = std::memory_order_relaxed;

std::size_t PayloadBytes(const RecordView& record) {
  return record.key.size() + record.value.size();
}

// Of the record and its entry among the expiries.
std::size_t MemoryBytes(const RecordRef& record, const RecordView& view) {
  return record.allocated_bytes() + (WillExpire(view) ? ExpiryIndex::kBytesARecord : 0);
}

}  // namespace

struct MemoryEngine::Slice {
  mutable std::mutex mutex;
  // Guarded by mutex:
  RecordTable table;
  std::uint64_t digest = 0;
  std::unique_ptr<BucketDigests> buckets;  // null while there are no records

  void Change(std::uint64_t key_hash, std::uint64_t difference) {
    digest ^= difference;
    (*buckets)[BucketOf(key_hash)] ^= difference;
  }
  ExpiryIndex expiries;  // of the records in `table` that WillExpire()
};

MemoryEngine::MemoryEngine(const MemoryEngineOptions& options)
    : max_memory_bytes_(options.max_memory_bytes),
      partition_count_(options.partition_count),
      slices_(std::make_unique<Slice[]>(options.partition_count)),
      earliest_(std::make_unique<std::atomic<std::uint64_t>[]>(options.partition_count)) {
  VF_CHECK(options.partition_count > 0 && options.partition_count <= kMostPartitions,
           "partitions out of range");
  for (Partition p = 0; p < partition_count_; ++p) earliest_[p].store(UINT64_MAX, kRelaxed);
  constexpr std::uint64_t kEach = sizeof(Slice) + sizeof(earliest_[0]);
  memory_bytes_.store(sizeof(*this) + partition_count_ * kEach, kRelaxed);
}

MemoryEngine::~MemoryEngine() = default;

MemoryEngine::Slice& MemoryEngine::At(Partition partition) const {
  VF_CHECK(partition < partition_count_, "no such partition");
  return slices_[partition];
}

bool MemoryEngine::MayGrow(std::uint64_t bytes) const {
  const std::uint64_t used = memory_bytes_.load(kRelaxed);
  return used <= max_memory_bytes_ && bytes <= max_memory_bytes_ - used;
}

void MemoryEngine::Account(const RecordRef* before, const RecordRef& after,
                           std::uint64_t table_growth) {
  // Unsigned differences: one add a figure, which wraps to a subtraction where it has to.
  std::uint64_t live = 0, expiring = 0, tombstones = 0, bytes = 0;
  std::uint64_t memory = table_growth;
  const auto count = [&](const RecordRef& record, std::uint64_t one) {
    const RecordView view = record.view();
    (view.tombstone ? tombstones : live) += one;
    if (!view.tombstone) bytes += one * PayloadBytes(view);
    if (WillExpire(view)) expiring += one;
    memory += one * MemoryBytes(record, view);
  };
  if (before != nullptr) count(*before, ~std::uint64_t{0});
  count(after, 1);
  if (live != 0) live_records_.fetch_add(live, kRelaxed);
  if (expiring != 0) expiring_records_.fetch_add(expiring, kRelaxed);
  if (tombstones != 0) tombstones_.fetch_add(tombstones, kRelaxed);
  if (bytes != 0) bytes_.fetch_add(bytes, kRelaxed);
  if (memory != 0) memory_bytes_.fetch_add(memory, kRelaxed);
}

// REQUIRES: the partition's lock is held.
void MemoryEngine::NoteEarliest(Partition partition) {
  earliest_[partition].store(slices_[partition].expiries.Earliest(), kRelaxed);
}

PutResult MemoryEngine::Put(Partition partition, RecordRef record) {
  const RecordView view = record.view();
  VF_CHECK(!view.key.empty() && view.key.size() <= kMostKeyBytes, "key length out of range");
  const std::uint64_t key_hash = Hash64(AsBytes(view.key));
  const std::uint64_t record_hash = record.hash();
  const PutResult stored{PutResult::Outcome::kStored, view.version};
  const PutResult no_space{PutResult::Outcome::kNoSpace, {}};
  Slice& slice = At(partition);

  // Destroyed after the lock is given back: the record that is replaced.
  RecordRef replaced;
  const std::lock_guard lock(slice.mutex);
  if (const bool* closed = closed_.load(std::memory_order_acquire); closed && closed[partition]) {
    return {PutResult::Outcome::kClosed, {}};
  }
  if (RecordRef* here = slice.table.Find(key_hash, view.key)) {
    const RecordView old = here->view();
    const auto order = VF_PLANTED(kTombstoneGivesWay) && old.tombstone
                           ? std::strong_ordering::greater
                           : CompareRecords(view, old);
    if (order == 0) return stored;
    if (order < 0) return {PutResult::Outcome::kSuperseded, old.version};
    const std::size_t before = MemoryBytes(*here, old);
    const std::size_t after = MemoryBytes(record, view);
    if (!view.tombstone && after > before && !MayGrow(after - before)) return no_space;
    if (WillExpire(view)) slice.expiries.Add(view.expiry_ms, key_hash);
    if (WillExpire(old)) slice.expiries.Remove(old.expiry_ms, key_hash);
    if (WillExpire(view) || WillExpire(old)) NoteEarliest(partition);
    slice.Change(key_hash, here->hash() ^ record_hash);
    Account(here, record, 0);
    const bool tied = old.version == view.version;
    replaced = std::exchange(*here, std::move(record));
    return tied ? PutResult{PutResult::Outcome::kTied, view.version} : stored;
  }
  const std::size_t table_before = slice.table.memory_bytes();
  const std::size_t table_after = slice.table.memory_bytes_after_insert();
  const std::size_t buckets = slice.buckets == nullptr ? sizeof(BucketDigests) : 0;
  const std::size_t growth =
      buckets + (table_after > table_before ? table_after - table_before : 0);
  if (!view.tombstone && !MayGrow(MemoryBytes(record, view) + growth)) return no_space;
  if (buckets > 0) slice.buckets = std::make_unique<BucketDigests>();
  memory_bytes_.fetch_add(buckets, kRelaxed);
  if (WillExpire(view)) slice.expiries.Add(view.expiry_ms, key_hash);
  try {
    slice.table.Insert(key_hash, record);
  } catch (...) {
    if (WillExpire(view)) slice.expiries.Remove(view.expiry_ms, key_hash);
    throw;
  }
  if (WillExpire(view)) NoteEarliest(partition);
  slice.Change(key_hash, record_hash);
  Account(nullptr, record, slice.table.memory_bytes() - table_before);
  return stored;
}

RecordRef MemoryEngine::Get(Partition partition, std::string_view key) const {
  const std::uint64_t hash = Hash64(AsBytes(key));
  const Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  const RecordRef* found = slice.table.Find(hash, key);
  return found == nullptr ? RecordRef() : *found;
}

std::uint64_t MemoryEngine::Digest(Partition partition) const {
  const Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  return slice.digest;
}

BucketDigests MemoryEngine::DigestsOfBuckets(Partition partition) const {
  const Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  return slice.buckets == nullptr ? BucketDigests() : *slice.buckets;
}

// A tombstone is put like any other record: what was written meanwhile stays.
std::size_t MemoryEngine::ExpireSome(Partition partition, WallTime wall, std::size_t max_records) {
  Slice& slice = slices_[partition];
  std::vector<RecordRef> due;
  due.reserve(max_records);
  const auto collect = [&](std::uint64_t expiry_ms, std::uint64_t key_hash) {
    slice.table.VisitFrom(key_hash, [&](std::uint64_t hash, const RecordRef& record) {
      if (hash != key_hash) return false;
      const RecordView view = record.view();
      if (WillExpire(view) && view.expiry_ms == expiry_ms) due.push_back(record);
      return true;
    });
    return due.size() < max_records;
  };
  {
    const std::lock_guard lock(slice.mutex);
    slice.expiries.VisitDue(wall.ms, collect);
  }
  for (const RecordRef& record : due) {
    const RecordView view = record.view();
    Put(partition, RecordRef::Make({.key = view.key, .version = view.version, .tombstone = true}));
  }
  return due.size();
}

ExpiryTurn MemoryEngine::Expire(WallTime wall, std::size_t max_records) {
  ExpiryTurn turn;
  if (VF_PLANTED(kExpiresTooEarly)) wall.ms += 999 - wall.ms % 1'000;
  if (expiring_records_.load(kRelaxed) == 0 || VF_PLANTED(kExpiredStays)) return turn;
  for (Partition passed = 0; passed < partition_count_; ++passed) {
    const std::atomic<std::uint64_t>& earliest = earliest_[expire_from_];
    while (earliest.load(kRelaxed) <= wall.ms) {
      if (turn.expired >= max_records) {
        turn.next_ms = earliest.load(kRelaxed);
        return turn;
      }
      const std::size_t most = std::min(kExpiryStepRecords, max_records - turn.expired);
      turn.expired += ExpireSome(expire_from_, wall, most);
    }
    turn.next_ms = std::min(turn.next_ms, earliest.load(kRelaxed));
    expire_from_ = expire_from_ + 1 < partition_count_ ? expire_from_ + 1 : 0;
  }
  return turn;
}

StorePage MemoryEngine::Scan(Partition partition, std::uint64_t from, std::size_t max_bytes) const {
  const Slice& slice = At(partition);
  StorePage page;
  page.next = from;
  std::size_t bytes = 0;
  // Steps end between two hashes, as the page does, so that a step can begin where another ended.
  for (bool full = false; !page.last && !full;) {
    std::size_t step = 0;
    std::uint64_t taken = 0;  // the hash of the last record
    const auto visit = [&](std::uint64_t hash, const RecordRef& record) {
      full = !page.records.empty() && bytes >= max_bytes;
      if ((full || step >= kScanStepRecords) && (step == 0 || hash != taken)) {
        page.next = hash;
        return false;
      }
      page.records.push_back(record);
      bytes += PayloadBytes(record.view());
      taken = hash;
      ++step;
      return true;
    };
    const std::lock_guard lock(slice.mutex);
    page.last = slice.table.VisitFrom(page.next, visit);
  }
  return page;
}

bool MemoryEngine::DropAll(Partition partition, std::uint64_t digest) {
  Slice& slice = At(partition);
  // Destroyed after the lock is given back.
  RecordTable dropped;
  ExpiryIndex dropped_expiries;
  const std::lock_guard lock(slice.mutex);
  if (slice.digest != digest) return false;
  std::uint64_t memory = slice.table.memory_bytes();
  std::uint64_t live = 0, expiring = 0, tombstones = 0, bytes = 0;
  slice.table.VisitFrom(0, [&](std::uint64_t, const RecordRef& record) {
    const RecordView view = record.view();
    ++(view.tombstone ? tombstones : live);
    if (!view.tombstone) bytes += PayloadBytes(view);
    if (WillExpire(view)) ++expiring;
    memory += MemoryBytes(record, view);
    return true;
  });
  if (slice.buckets != nullptr) memory += sizeof(BucketDigests);
  live_records_.fetch_sub(live, kRelaxed);
  expiring_records_.fetch_sub(expiring, kRelaxed);
  tombstones_.fetch_sub(tombstones, kRelaxed);
  bytes_.fetch_sub(bytes, kRelaxed);
  memory_bytes_.fetch_sub(memory, kRelaxed);
  std::swap(slice.table, dropped);
  std::swap(slice.expiries, dropped_expiries);
  slice.buckets.reset();
  slice.digest = 0;
  NoteEarliest(partition);
  return true;
}

bool MemoryEngine::Close(Partition partition) {
  Slice& slice = At(partition);
  std::call_once(closing_, [this] {
    closed_owned_ = std::make_unique<bool[]>(partition_count_);
    memory_bytes_.fetch_add(partition_count_, kRelaxed);
    closed_.store(closed_owned_.get(), std::memory_order_release);
  });
  const std::lock_guard lock(slice.mutex);
  if (slice.table.size() == 0) closed_owned_[partition] = true;
  return closed_owned_[partition];
}

std::uint64_t MemoryEngine::RecordCount(Partition partition) const {
  const Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  return slice.table.size();
}

StoreStats MemoryEngine::Stats() const {
  return {.live_records = live_records_.load(kRelaxed),
          .expiring_records = expiring_records_.load(kRelaxed),
          .tombstones = tombstones_.load(kRelaxed),
          .bytes = bytes_.load(kRelaxed),
          .memory_bytes = memory_bytes_.load(kRelaxed)};
}

Partition MemoryEngine::partition_count() const { return partition_count_; }

}  // namespace vf
