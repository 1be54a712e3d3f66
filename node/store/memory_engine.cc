#include "node/store/memory_engine.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/hash64.h"
#include "base/planted_bug.h"
#include "node/store/record_table.h"
#include "node/store/scan_order.h"
#include "node/store/time_index.h"

namespace vf {
namespace {

constexpr Partition kMostPartitions = 65'536;
constexpr std::size_t kMostKeyBytes = 2'048;

// Records that Expire looks for while it holds a lock.
constexpr std::size_t kExpiryStepRecords = 64;

// Tombstones that a digest, or what it is kept for, goes past while a lock is held.
constexpr std::size_t kForgetStepRecords = 256;
// Partitions that one Forget() looks at.
constexpr Partition kForgetPartitions = 64;

// Records that Scan takes while it holds a lock: some ten microseconds when they are not cached.
constexpr std::size_t kScanStepRecords = 256;

constexpr auto kRelaxed = std::memory_order_relaxed;

std::size_t PayloadBytes(const RecordView& record) {
  return record.key.size() + record.value.size();
}

// Whether it stands in one of the indexes by time.
bool HasTime(const RecordView& record) { return record.tombstone || WillExpire(record); }

// Of the record and its entry among the times.
std::size_t MemoryBytes(const RecordRef& record, const RecordView& view) {
  return record.allocated_bytes() + (HasTime(view) ? TimeIndex::kBytesARecord : 0);
}

TimeIndex::Entry EntryOf(const RecordView& record, std::uint64_t key_hash) {
  return {record.tombstone ? record.version.Milliseconds() : record.expiry_ms, key_hash};
}

}  // namespace

struct MemoryEngine::Slice {
  mutable std::mutex mutex;
  // Guarded by mutex:
  RecordTable table;
  std::uint64_t digest = 0;            // of all records
  std::uint64_t forgotten_digest = 0;  // of those that IsForgotten()
  // Of all others; null while there are no records.
  std::unique_ptr<BucketDigests> buckets;
  TimeIndex expiries;    // of the records in `table` that WillExpire()
  TimeIndex tombstones;  // of its tombstones, by the time of their versions
  std::uint64_t forgotten_below_ms = 0;
  std::uint64_t refused = 0;  // see TombstoneState
  Stamp stamp = 0;            // of what is put now

  // What the kept digests leave out.
  bool IsForgotten(const RecordView& record) const {
    return record.tombstone && record.version.Milliseconds() < forgotten_below_ms;
  }
  // A record comes, or goes.
  void Change(std::uint64_t key_hash, const RecordView& record, std::uint64_t record_hash) {
    digest ^= record_hash;
    if (IsForgotten(record)) {
      forgotten_digest ^= record_hash;
    } else {
      (*buckets)[BucketOf(key_hash)] ^= record_hash;
    }
  }
  void AddTime(const RecordView& record, std::uint64_t key_hash) {
    if (HasTime(record)) TimesOf(record).Add(EntryOf(record, key_hash));
  }
  void RemoveTime(const RecordView& record, std::uint64_t key_hash) {
    if (HasTime(record)) TimesOf(record).Remove(EntryOf(record, key_hash));
  }
  TimeIndex& TimesOf(const RecordView& record) { return record.tombstone ? tombstones : expiries; }
  // Calls visit(slot) for each tombstone of an entry.
  template <typename Visit>
  void VisitTombstones(TimeIndex::Entry entry, Visit visit) const {
    table.VisitHash(entry.key_hash, [&](const RecordTable::Slot& slot) {
      const RecordView view = slot.record.view();
      if (view.tombstone && view.version.Milliseconds() == entry.at_ms) visit(slot);
    });
  }
};

MemoryEngine::MemoryEngine(const MemoryEngineOptions& options)
    : max_memory_bytes_(options.max_memory_bytes),
      tombstone_age_(options.tombstone_age),
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

void MemoryEngine::Account(const RecordRef* before, const RecordRef* after,
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
  if (after != nullptr) count(*after, 1);
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
  const std::uint64_t key_hash = ScanOrder(view.key);
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
  if (RecordTable::Slot* const slot = slice.table.Find(key_hash, view.key)) {
    RecordRef& here = slot->record;
    const RecordView old = here.view();
    const auto order = VF_PLANTED(kTombstoneGivesWay) && old.tombstone
                           ? std::strong_ordering::greater
                           : CompareRecords(view, old);
    if (order == 0) return stored;
    if (order < 0) {
      if (slice.IsForgotten(old)) ++slice.refused;
      return {PutResult::Outcome::kSuperseded, old.version};
    }
    const std::size_t before = MemoryBytes(here, old);
    const std::size_t after = MemoryBytes(record, view);
    if (!view.tombstone && after > before && !MayGrow(after - before)) return no_space;
    slice.AddTime(view, key_hash);
    slice.RemoveTime(old, key_hash);
    if (WillExpire(view) || WillExpire(old)) NoteEarliest(partition);
    slice.Change(key_hash, old, here.hash());
    slice.Change(key_hash, view, record_hash);
    Account(&here, &record, 0);
    const bool tied = old.version == view.version;
    slot->stamp = slice.stamp;
    replaced = std::exchange(here, std::move(record));
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
  slice.AddTime(view, key_hash);
  try {
    slice.table.Insert(key_hash, record, slice.stamp);
  } catch (...) {
    slice.RemoveTime(view, key_hash);
    throw;
  }
  if (WillExpire(view)) NoteEarliest(partition);
  slice.Change(key_hash, view, record_hash);
  Account(nullptr, &record, slice.table.memory_bytes() - table_before);
  return stored;
}

RecordRef MemoryEngine::Get(Partition partition, std::string_view key) const {
  const std::uint64_t hash = ScanOrder(key);
  const Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  const RecordTable::Slot* found = slice.table.Find(hash, key);
  return found == nullptr ? RecordRef() : found->record;
}

// --- Digests ---

std::uint64_t MemoryEngine::Digest(Partition partition) const {
  const Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  return slice.digest;
}

// Calls count(key_hash, record_hash) for the tombstones that are forgotten by one of two times and
// not by the other. Writes go on meanwhile, as between two digests.
template <typename Count>
void MemoryEngine::CountOthers(Partition partition, std::uint64_t kept_below_ms,
                               std::uint64_t below_ms, Count count) const {
  if (kept_below_ms == below_ms) return;
  const Slice& slice = slices_[partition];
  const std::uint64_t last_ms = std::max(kept_below_ms, below_ms) - 1;
  TimeIndex::Entry from{std::min(kept_below_ms, below_ms), 0};
  for (bool more = true; more;) {
    more = false;
    std::size_t step = 0;
    const std::lock_guard lock(slice.mutex);
    slice.tombstones.VisitFrom(from, last_ms, [&](TimeIndex::Entry entry) {
      slice.VisitTombstones(
          entry, [&](const RecordTable::Slot& slot) { count(entry.key_hash, slot.record.hash()); });
      from = entry.Next();
      more = ++step == kForgetStepRecords;
      return !more;
    });
  }
}

std::uint64_t MemoryEngine::Digest(Partition partition, WallTime wall) const {
  const Slice& slice = At(partition);
  std::uint64_t digest = 0, kept_below_ms = 0;
  {
    const std::lock_guard lock(slice.mutex);
    digest = slice.digest ^ slice.forgotten_digest;
    kept_below_ms = slice.forgotten_below_ms;
  }
  CountOthers(partition, kept_below_ms, ForgottenBelow(wall),
              [&](std::uint64_t, std::uint64_t hash) { digest ^= hash; });
  return digest;
}

BucketDigests MemoryEngine::DigestsOfBuckets(Partition partition, WallTime wall) const {
  const Slice& slice = At(partition);
  BucketDigests buckets{};
  std::uint64_t kept_below_ms = 0;
  {
    const std::lock_guard lock(slice.mutex);
    if (slice.buckets != nullptr) buckets = *slice.buckets;
    kept_below_ms = slice.forgotten_below_ms;
  }
  CountOthers(
      partition, kept_below_ms, ForgottenBelow(wall),
      [&](std::uint64_t key_hash, std::uint64_t hash) { buckets[BucketOf(key_hash)] ^= hash; });
  return buckets;
}

// --- Tombstones ---

void MemoryEngine::ForgetIn(Partition partition, std::uint64_t below_ms) {
  Slice& slice = slices_[partition];
  for (bool more = true; more;) {
    more = false;
    std::size_t step = 0;
    const std::lock_guard lock(slice.mutex);
    if (slice.forgotten_below_ms >= below_ms) return;
    // Steps end between two milliseconds.
    std::uint64_t reached_ms = below_ms;
    slice.tombstones.VisitFrom({slice.forgotten_below_ms, 0}, below_ms - 1,
                               [&](TimeIndex::Entry entry) {
                                 more = step >= kForgetStepRecords && entry.at_ms > reached_ms;
                                 if (more) {
                                   reached_ms = entry.at_ms;
                                   return false;
                                 }
                                 reached_ms = entry.at_ms;
                                 slice.VisitTombstones(entry, [&](const RecordTable::Slot& slot) {
                                   const std::uint64_t hash = slot.record.hash();
                                   slice.forgotten_digest ^= hash;
                                   (*slice.buckets)[BucketOf(entry.key_hash)] ^= hash;
                                 });
                                 ++step;
                                 return true;
                               });
    slice.forgotten_below_ms = more ? reached_ms : below_ms;
  }
}

void MemoryEngine::Forget(WallTime wall) {
  wall_ms_.store(wall.ms, kRelaxed);
  const std::uint64_t below_ms = ForgottenBelow(wall);
  for (Partition passed = 0; passed < std::min(kForgetPartitions, partition_count_); ++passed) {
    ForgetIn(forget_from_, below_ms);
    forget_from_ = forget_from_ + 1 < partition_count_ ? forget_from_ + 1 : 0;
  }
}

Stamp MemoryEngine::NextStamp(Partition partition) {
  Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  return ++slice.stamp;
}

TombstoneState MemoryEngine::Tombstones(Partition partition) const {
  const Slice& slice = At(partition);
  const std::lock_guard lock(slice.mutex);
  return {slice.tombstones.Earliest(), slice.forgotten_below_ms, slice.refused};
}

std::size_t MemoryEngine::Collect(Partition partition, TombstoneSweep& sweep,
                                  std::size_t max_records) {
  Slice& slice = At(partition);
  TimeIndex::Entry from{sweep.from_ms, sweep.from_hash};
  std::vector<RecordRef> collected;  // destroyed after the lock is given back
  std::vector<RecordRef> found;
  std::size_t seen = 0;
  for (bool more = true; more && seen < max_records;) {
    more = false;
    found.clear();
    std::size_t step = 0;
    const std::lock_guard lock(slice.mutex);
    const std::uint64_t below_ms = std::min(sweep.versions_below_ms, slice.forgotten_below_ms);
    if (below_ms == 0) {
      sweep.done = true;
      break;
    }
    slice.tombstones.VisitFrom(from, below_ms - 1, [&](TimeIndex::Entry entry) {
      slice.VisitTombstones(entry, [&](const RecordTable::Slot& slot) {
        if (slot.stamp < sweep.stamps_below) found.push_back(slot.record);
      });
      from = entry.Next();
      more = ++step == kForgetStepRecords;
      return !more;
    });
    for (const RecordRef& record : found) Erase(partition, record);
    collected.insert(collected.end(), found.begin(), found.end());
    seen += step;
    sweep.done = !more;
  }
  sweep.from_ms = from.at_ms;
  sweep.from_hash = from.key_hash;
  return collected.size();
}

// REQUIRES: the partition's lock is held, and the record is here.
void MemoryEngine::Erase(Partition partition, const RecordRef& record) {
  Slice& slice = slices_[partition];
  const RecordView view = record.view();
  const std::uint64_t key_hash = ScanOrder(view.key);
  slice.RemoveTime(view, key_hash);
  if (WillExpire(view)) NoteEarliest(partition);
  slice.Change(key_hash, view, record.hash());
  const std::uint64_t table_before = slice.table.memory_bytes();
  slice.table.Erase(slice.table.Find(key_hash, view.key));
  Account(&record, nullptr, slice.table.memory_bytes() - table_before);
  if (slice.table.size() > 0) return;
  slice.buckets.reset();
  memory_bytes_.fetch_sub(sizeof(BucketDigests), kRelaxed);
}

// --- Expiry ---

// A tombstone is put like any other record: what was written meanwhile stays.
std::size_t MemoryEngine::ExpireSome(Partition partition, WallTime wall, std::size_t max_records) {
  Slice& slice = slices_[partition];
  std::vector<RecordRef> due;
  due.reserve(max_records);
  const auto collect = [&](TimeIndex::Entry entry) {
    slice.table.VisitHash(entry.key_hash, [&](const RecordTable::Slot& slot) {
      const RecordView view = slot.record.view();
      if (WillExpire(view) && view.expiry_ms == entry.at_ms) due.push_back(slot.record);
    });
    return due.size() < max_records;
  };
  {
    const std::lock_guard lock(slice.mutex);
    slice.expiries.VisitFrom({}, wall.ms, collect);
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
  // Steps end between two orders, as the page does, so that a step can begin where another ended.
  for (bool full = false; !page.last && !full;) {
    std::size_t step = 0;
    std::uint64_t taken = 0;  // the order of the last record
    const auto visit = [&](const RecordTable::Slot& slot) {
      full = !page.records.empty() && bytes >= max_bytes;
      const std::uint64_t order = std::uint64_t{slot.order} << 32;
      if ((full || step >= kScanStepRecords) && (step == 0 || order != taken)) {
        page.next = order;
        return false;
      }
      page.records.push_back(slot.record);
      bytes += PayloadBytes(slot.record.view());
      taken = order;
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
  RecordTable table;
  TimeIndex expiries;
  TimeIndex tombstones;
  {
    const std::lock_guard lock(slice.mutex);
    if (slice.digest != digest) return false;
    if (slice.buckets != nullptr) memory_bytes_.fetch_sub(sizeof(BucketDigests), kRelaxed);
    std::swap(slice.table, table);
    std::swap(slice.expiries, expiries);
    std::swap(slice.tombstones, tombstones);
    slice.buckets.reset();
    slice.digest = 0;
    slice.forgotten_digest = 0;
    NoteEarliest(partition);
  }
  if (table.size() > 0) dropped_.Add(std::move(table), std::move(expiries), std::move(tombstones));
  return true;
}

bool MemoryEngine::Release(std::size_t max_records) {
  return dropped_.Release(
      max_records, [this](const RecordRef& record) { Account(&record, nullptr, 0); },
      [this](std::size_t bytes) { memory_bytes_.fetch_sub(bytes, kRelaxed); });
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
