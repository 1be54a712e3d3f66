// What a storage engine does for the rest of the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/hybrid_clock.h"
#include "base/key_hash.h"
#include "base/time.h"
#include "node/store/bucket_digests.h"
#include "node/store/record.h"

namespace vf {

struct PutResult {
  enum class Outcome : std::uint8_t {
    kStored,      // it is the newest now, or was there already
    kTied,        // it is the newest now, in place of another record of the same version
    kSuperseded,  // a greater record is here: `winner` is its version
    kNoSpace,     // at the memory limit; nothing changed
    kClosed,      // see Store::Close(); nothing changed
  };
  Outcome outcome = Outcome::kStored;
  Version winner;
};

// One page of a partition's records in the order of Hash64(key).
struct StorePage {
  std::vector<RecordRef> records;  // all with a key hash in [from, next)
  std::uint64_t next = 0;          // where the next page begins; meaningless when `last`
  bool last = false;
};

// What Store::Expire() did, and what is left.
struct ExpiryTurn {
  std::size_t expired = 0;
  std::uint64_t next_ms = UINT64_MAX;  // the earliest expiry that is left; perhaps due already
};

struct StoreStats {
  // Neither counts tombstones; both count what has expired until Expire() comes to it.
  std::uint64_t live_records = 0;
  std::uint64_t expiring_records = 0;  // live ones with an expiry
  std::uint64_t tombstones = 0;
  std::uint64_t bytes = 0;         // of keys and values of live records
  std::uint64_t memory_bytes = 0;  // estimate of all that the engine holds
};

// Threads: any. Locks a partition for one call only; reads never wait for a whole-store lock.
class Store {
 public:
  virtual ~Store() = default;

  // Merges: keeps the greater of the record here and `record`. Tombstones are taken at the memory
  // limit too. REQUIRES: partition < partition_count(), key of 1 to 2,048 bytes.
  virtual PutResult Put(Partition partition, RecordRef record) = 0;

  // None if the key was never seen here. Tombstones and expired records are returned as they are:
  // IsLive() decides what is absent, to every reader by the same rule.
  virtual RecordRef Get(Partition partition, std::string_view key) const = 0;

  // Puts a tombstone of its version in the place of each record that has expired at `wall`, at most
  // `max_records` of them (and those whose keys have the same hash as the last one's). A partition
  // is locked for some of them at a time. Thread: one at a time.
  virtual ExpiryTurn Expire(WallTime wall, std::size_t max_records) = 0;

  // XOR of RecordHash over all records, tombstones included. Kept up to date by Put and Expire.
  virtual std::uint64_t Digest(Partition partition) const = 0;
  // Of its buckets; the XOR of all is Digest(). Kept up to date by Put under the same lock.
  virtual BucketDigests DigestsOfBuckets(Partition partition) const = 0;

  // Records with Hash64(key) >= from, in that order, until `max_bytes` of keys and values are
  // reached (at least one hash's records, if any). All records that were here when the first page
  // was asked for are in one of the pages, themselves or superseded.
  virtual StorePage Scan(Partition partition, std::uint64_t from, std::size_t max_bytes) const = 0;

  // Lets go of all records of the partition, if their digest is this one. Returns whether it was.
  // The only way out of the store. Cost: a walk over them, under the partition's lock.
  virtual bool DropAll(Partition partition, std::uint64_t digest) = 0;

  // If it holds no record of the partition, it takes none from now on, for good. Returns whether it
  // holds none.
  virtual bool Close(Partition partition) = 0;

  virtual std::uint64_t RecordCount(Partition partition) const = 0;  // tombstones included
  virtual StoreStats Stats() const = 0;
  virtual Partition partition_count() const = 0;
};

}  // namespace vf
