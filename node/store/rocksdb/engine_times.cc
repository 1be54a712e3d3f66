// What the engine does as time goes by: expiry, and the two steps in which tombstones go.
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "node/store/rocksdb/engine.h"
#include "node/store/rocksdb/time_cursor.h"
#include "node/store/scan_order.h"

namespace vf::disk {
namespace {

// Entries that are gone through while a lock is held.
constexpr std::size_t kStepEntries = 256;
// Of expiries: each of them is a put besides.
constexpr std::size_t kExpiryStepRecords = 64;
// Partitions, and entries of all of them, that one Forget() looks at.
constexpr Partition kForgetPartitions = 64;
constexpr std::size_t kForgetEntries = 4'096;
// Where the disk takes no writes, expiry tries again after so long.
constexpr std::uint64_t kRetryMs = 1'000;

constexpr auto kRelaxed = std::memory_order_relaxed;

}  // namespace

// REQUIRES: the partition's lock is held.
void Engine::FindEarliest(Place place, TimeKind kind, TimeBound& bound) const {
  if (bound.exact()) return;
  const TimeCursor cursor(*db_, place, kind, bound.bound(), 0, UINT64_MAX);
  if (cursor.Valid()) return bound.Found(cursor.entry().at_ms);
  if (!cursor.status().ok()) NoteReadFailure(cursor.status());
}

// --- Expiry ---

std::vector<std::string> Engine::DueKeys(Partition partition, WallTime wall,
                                         std::size_t max_records) {
  PartitionState& state = states_[partition];
  std::vector<std::string> keys;
  const std::lock_guard lock(state.mutex);
  const Place place = PlaceOf(partition);
  FindEarliest(place, TimeKind::kExpiry, state.expiries);
  if (state.expiries.bound() > wall.ms) return keys;
  TimeCursor due(*db_, place, TimeKind::kExpiry, state.expiries.bound(), 0, wall.ms);
  for (; due.Valid() && keys.size() < max_records; due.Next()) keys.emplace_back(due.entry().key);
  if (!due.status().ok()) NoteReadFailure(due.status());
  return keys;
}

// A tombstone is put like any other record: what was written meanwhile stays.
std::size_t Engine::ExpireSome(Partition partition, WallTime wall, std::size_t max_records) {
  std::size_t expired = 0;
  for (const std::string& key : DueKeys(partition, wall, max_records)) {
    RecordRef record;
    if (ReadRecord(partition, key, record) != Find::kFound) continue;
    const RecordView view = record.view();
    if (!WillExpire(view) || view.expiry_ms > wall.ms) continue;
    const PutResult put =
        Put(partition, RecordRef::Make({.key = key, .version = view.version, .tombstone = true}));
    if (put.outcome == PutResult::Outcome::kStored || put.outcome == PutResult::Outcome::kTied) {
      ++expired;
    }
  }
  return expired;
}

ExpiryTurn Engine::Expire(WallTime wall, std::size_t max_records) {
  ExpiryTurn turn;
  if (expiring_records_.load(kRelaxed) == 0) return turn;
  for (Partition passed = 0; passed < options_.partition_count; ++passed) {
    PartitionState& state = states_[expire_from_];
    while (state.expiries.bound() <= wall.ms) {
      if (turn.expired >= max_records) {
        turn.next_ms = state.expiries.bound();
        return turn;
      }
      const std::size_t most = std::min(kExpiryStepRecords, max_records - turn.expired);
      const std::size_t expired = ExpireSome(expire_from_, wall, most);
      turn.expired += expired;
      if (expired == 0 && state.expiries.bound() <= wall.ms) {
        // Replaced meanwhile, or the disk refuses.
        turn.next_ms = std::min(turn.next_ms, wall.ms + kRetryMs);
        break;
      }
    }
    if (state.expiries.bound() < turn.next_ms && state.expiries.bound() > wall.ms) {
      const std::lock_guard lock(state.mutex);
      FindEarliest(PlaceOf(expire_from_), TimeKind::kExpiry, state.expiries);
      turn.next_ms = std::min(turn.next_ms, state.expiries.bound());
    }
    expire_from_ = expire_from_ + 1 < options_.partition_count ? expire_from_ + 1 : 0;
  }
  return turn;
}

// --- Digests ---

std::uint64_t Engine::Digest(Partition partition) const {
  const PartitionState& state = At(partition);
  const std::lock_guard lock(state.mutex);
  return state.digest;
}

// Calls read(state) for what is kept, and count(order, hash) for each tombstone that is forgotten
// either by that or by `wall`, and not by the other.
template <typename Read, typename Count>
void Engine::ReadDigests(Partition partition, WallTime wall, Read read, Count count) const {
  const PartitionState& state = At(partition);
  const std::uint64_t below_ms = ForgottenBelow(wall);
  std::optional<TimeCursor> others;
  {
    const std::lock_guard lock(state.mutex);
    read(state);
    const auto [first, last] = std::minmax(state.forgotten_below_ms, below_ms);
    if (first == last || state.tombstones.bound() >= last) return;
    // As it is at this moment; it is walked without the lock.
    others.emplace(*db_, PlaceOf(partition), TimeKind::kTombstone,
                   std::max(first, state.tombstones.bound()), 0, last - 1);
  }
  for (; others->Valid(); others->Next()) {
    const std::optional<TombstoneMark> mark = ParseMark(others->mark());
    if (!mark) return NoteReadFailure(rocksdb::Status::Corruption("an entry of a tombstone"));
    count(others->entry().order, mark->hash);
  }
  if (!others->status().ok()) NoteReadFailure(others->status());
}

std::uint64_t Engine::Digest(Partition partition, WallTime wall) const {
  std::uint64_t digest = 0;
  ReadDigests(
      partition, wall,
      [&](const PartitionState& state) { digest = state.digest ^ state.forgotten_digest; },
      [&](std::uint64_t, std::uint64_t hash) { digest ^= hash; });
  return digest;
}

BucketDigests Engine::DigestsOfBuckets(Partition partition, WallTime wall) const {
  BucketDigests buckets{};
  ReadDigests(
      partition, wall,
      [&](const PartitionState& state) {
        if (state.buckets != nullptr) buckets = *state.buckets;
      },
      [&](std::uint64_t order, std::uint64_t hash) { buckets[BucketOf(order)] ^= hash; });
  return buckets;
}

// --- Tombstones ---

// Steps end between two milliseconds.
void Engine::ForgetIn(Partition partition, std::uint64_t below_ms, std::size_t& left) {
  PartitionState& state = states_[partition];
  for (bool more = true; more && left > 0;) {
    more = false;
    const std::lock_guard lock(state.mutex);
    if (state.forgotten_below_ms >= below_ms) return;
    if (state.tombstones.bound() >= below_ms) {
      state.forgotten_below_ms = below_ms;
      return;
    }
    const std::uint64_t first = std::max(state.forgotten_below_ms, state.tombstones.bound());
    TimeCursor due(*db_, PlaceOf(partition), TimeKind::kTombstone, first, 0, below_ms - 1);
    std::size_t step = 0;
    std::uint64_t reached_ms = below_ms;
    for (; due.Valid(); due.Next()) {
      const TimeKey& entry = due.entry();
      if (step >= kStepEntries && entry.at_ms > reached_ms) {
        more = true;
        reached_ms = entry.at_ms;
        break;
      }
      reached_ms = entry.at_ms;
      const std::optional<TombstoneMark> mark = ParseMark(due.mark());
      if (!mark) return NoteReadFailure(rocksdb::Status::Corruption("an entry of a tombstone"));
      state.forgotten_digest ^= mark->hash;
      (*state.buckets)[BucketOf(entry.order)] ^= mark->hash;
      ++step;
    }
    if (!due.status().ok()) return NoteReadFailure(due.status());
    state.forgotten_below_ms = more ? reached_ms : below_ms;
    left -= std::min(left, step);
  }
}

void Engine::Forget(WallTime wall) {
  wall_ms_.store(wall.ms, kRelaxed);
  const std::uint64_t below_ms = ForgottenBelow(wall);
  std::size_t left = kForgetEntries;
  const Partition most = std::min(kForgetPartitions, options_.partition_count);
  for (Partition passed = 0; passed < most && left > 0; ++passed) {
    ForgetIn(forget_from_, below_ms, left);
    if (left == 0) return;  // This one goes on the next time.
    forget_from_ = forget_from_ + 1 < options_.partition_count ? forget_from_ + 1 : 0;
  }
}

Stamp Engine::NextStamp(Partition partition) {
  PartitionState& state = At(partition);
  const std::lock_guard lock(state.mutex);
  return ++state.stamp;
}

TombstoneState Engine::Tombstones(Partition partition) const {
  const PartitionState& state = At(partition);
  const std::lock_guard lock(state.mutex);
  FindEarliest(PlaceOf(partition), TimeKind::kTombstone, state.tombstones);
  return {state.tombstones.bound(), state.forgotten_below_ms, state.refused};
}

std::size_t Engine::Collect(Partition partition, TombstoneSweep& sweep, std::size_t max_records) {
  PartitionState& state = At(partition);
  std::size_t collected = 0, seen = 0;
  for (bool more = true; more && seen < max_records;) {
    more = false;
    sweep.done = true;
    const std::lock_guard lock(state.mutex);
    const std::uint64_t below_ms = std::min(sweep.versions_below_ms, state.forgotten_below_ms);
    if (below_ms == 0 || state.tombstones.bound() >= below_ms) break;
    const Place place = PlaceOf(partition);
    TimeCursor due(*db_, place, TimeKind::kTombstone, sweep.from_ms, sweep.from_hash, below_ms - 1);
    rocksdb::WriteBatch batch;
    struct Gone {
      std::uint64_t order;
      std::size_t key_bytes;
      Row row;
    };
    std::vector<Gone> gone;
    std::size_t step = 0;
    for (; due.Valid(); due.Next()) {
      const TimeKey& entry = due.entry();
      const bool further = entry.at_ms != sweep.from_ms || entry.order != sweep.from_hash;
      if (step >= kStepEntries && further) {
        more = true;
        sweep.from_ms = entry.at_ms;
        sweep.from_hash = entry.order;
        break;
      }
      sweep.from_ms = entry.at_ms;
      sweep.from_hash = entry.order;
      ++step;
      const std::optional<TombstoneMark> mark = ParseMark(due.mark());
      if (!mark) {
        NoteReadFailure(rocksdb::Status::Corruption("an entry of a tombstone"));
        return collected;
      }
      // Whatever an earlier process stored was stored before.
      if (mark->start == start_ && mark->stamp >= sweep.stamps_below) continue;
      batch.Delete(ToSlice(DiskKey::OfRow(place, entry.order, entry.key).view()));
      batch.Delete(ToSlice(
          TimeKey::Of(place, TimeKind::kTombstone, entry.at_ms, entry.order, entry.key).view()));
      gone.push_back({entry.order,
                      entry.key.size(),
                      {.version = {entry.at_ms << 16}, .hash = mark->hash, .tombstone = true}});
    }
    if (!due.status().ok()) NoteReadFailure(due.status());
    // The next round tries again what the disk refuses.
    if (!gone.empty() && (!health_.writable() || !Write(batch))) break;
    for (const Gone& one : gone) state.Went(one.order, one.row, one.key_bytes);
    Account({.tombstones = ~std::uint64_t{gone.size()} + 1});
    collected += gone.size();
    seen += step;
    sweep.done = !more;
  }
  return collected;
}

}  // namespace vf::disk
