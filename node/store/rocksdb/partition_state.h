// What the engine keeps in memory of one partition: its lock, its digests and its figures. They are
// made anew from the rows at every start.
//
// A partition that holds nothing costs sizeof(PartitionState), each other one 2 KiB for its bucket
// digests; what it holds costs nothing more.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "node/store/bucket_digests.h"
#include "node/store/rocksdb/row.h"
#include "node/store/rocksdb/time_bound.h"
#include "node/store/store.h"

namespace vf::disk {

// Of records; differences of them too, which wrap.
struct Figures {
  std::uint64_t live = 0;
  std::uint64_t expiring = 0;
  std::uint64_t tombstones = 0;
  std::uint64_t bytes = 0;  // of keys and values of live ones

  // `one`: 1 for a record that comes, ~0 for one that goes.
  void Count(const Row& row, std::size_t key_bytes, std::uint64_t one) {
    (row.tombstone ? tombstones : live) += one;
    if (row.tombstone) return;
    bytes += one * (key_bytes + row.value_bytes);
    if (row.expiry_ms != 0) expiring += one;
  }
  void Add(const Figures& other) {
    live += other.live;
    expiring += other.expiring;
    tombstones += other.tombstones;
    bytes += other.bytes;
  }
};

struct PartitionState {
  mutable std::mutex mutex;
  std::atomic<std::uint32_t> generation{0};  // changed under mutex, read by anybody
  // Guarded by mutex:
  bool closed = false;
  Figures figures;
  std::uint64_t digest = 0;            // of all records
  std::uint64_t forgotten_digest = 0;  // of tombstones of versions below forgotten_below_ms
  // Of all others; null while there are no records.
  std::unique_ptr<BucketDigests> buckets;
  TimeBound expiries;
  mutable TimeBound tombstones;
  std::uint64_t forgotten_below_ms = 0;
  std::uint64_t refused = 0;  // see TombstoneState
  Stamp stamp = 0;            // of what is put now

  std::uint64_t records() const { return figures.live + figures.tombstones; }
  bool IsForgotten(const Row& row) const {
    return row.tombstone && row.version.Milliseconds() < forgotten_below_ms;
  }
  void Came(std::uint64_t order, const Row& row, std::size_t key_bytes) {
    if (buckets == nullptr) buckets = std::make_unique<BucketDigests>();
    figures.Count(row, key_bytes, 1);
    Change(order, row);
    if (row.tombstone) {
      tombstones.Came(row.AtMs());
    } else if (row.expiry_ms != 0) {
      expiries.Came(row.AtMs());
    }
  }
  void Went(std::uint64_t order, const Row& row, std::size_t key_bytes) {
    figures.Count(row, key_bytes, ~std::uint64_t{0});
    Change(order, row);
    if (row.tombstone) {
      tombstones.Went(row.AtMs(), figures.tombstones);
    } else if (row.expiry_ms != 0) {
      expiries.Went(row.AtMs(), figures.expiring);
    }
    if (records() == 0) buckets.reset();
  }
  // All of it is gone.
  void Clear() {
    figures = {};
    digest = forgotten_digest = 0;
    buckets.reset();
    expiries.Found(UINT64_MAX);
    tombstones.Found(UINT64_MAX);
  }

 private:
  void Change(std::uint64_t order, const Row& row) {
    digest ^= row.hash;
    if (IsForgotten(row)) {
      forgotten_digest ^= row.hash;
    } else {
      (*buckets)[BucketOf(order)] ^= row.hash;
    }
  }
};

}  // namespace vf::disk
