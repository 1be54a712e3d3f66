// What a storage engine does for the rest of the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hybrid_clock.h"
#include "base/key_hash.h"
#include "base/time.h"
#include "node/store/bucket_digests.h"
#include "node/store/record.h"
#include "node/store/scan_order.h"

namespace vf {

struct PutResult {
  enum class Outcome : std::uint8_t {
    kStored,      // it is the newest now, or was there already
    kTied,        // it is the newest now, in place of another record of the same version
    kSuperseded,  // a greater record is here: `winner` is its version
    kNoSpace,     // at the memory limit, or the disk is full; nothing changed
    kClosed,      // see Store::Close(); nothing changed
    kFailed,      // the disk refused: nothing changed, but it may be here after a restart
  };
  Outcome outcome = Outcome::kStored;
  Version winner;
};

// One page of a partition's records in the order of ScanOrder(key).
struct StorePage {
  std::vector<RecordRef> records;  // all with an order in [from, next)
  std::uint64_t next = 0;          // where the next page begins; meaningless when `last`
  bool last = false;
};

// What Store::Expire() did, and what is left.
struct ExpiryTurn {
  std::size_t expired = 0;
  std::uint64_t next_ms = UINT64_MAX;  // the earliest expiry that is left; perhaps due already
};

// Numbers the records of a partition in the order in which it took them: those that it takes
// between two calls of Store::NextStamp() have the same.
using Stamp = std::uint32_t;

// What TombstoneRounds asks a partition for.
struct TombstoneState {
  std::uint64_t oldest_ms = UINT64_MAX;  // of the versions of its tombstones; UINT64_MAX: none
  std::uint64_t forgotten_below_ms = 0;  // see Store::Forget(); never falls
  std::uint64_t refused = 0;             // older records that forgotten tombstones superseded
};

// Which tombstones Store::Collect() lets go of, and where it is to go on.
struct TombstoneSweep {
  std::uint64_t versions_below_ms = 0;
  Stamp stamps_below = 0;
  std::uint64_t from_ms = 0;
  std::uint64_t from_hash = 0;
  bool done = false;
};

// All of it counts what was dropped until Release() comes to it.
struct StoreStats {
  // Neither counts tombstones; both count what has expired until Expire() comes to it.
  std::uint64_t live_records = 0;
  std::uint64_t expiring_records = 0;  // live ones with an expiry
  std::uint64_t tombstones = 0;
  std::uint64_t bytes = 0;         // of keys and values of live records
  std::uint64_t memory_bytes = 0;  // estimate of all that the engine holds
};

// How an engine's disk is. One in memory is always well.
struct StoreHealth {
  bool writable = true;  // else Store::Put() of a value is answered with kNoSpace or kFailed
  bool readable = true;  // see Store::readable()
  std::string reason;    // one line; empty: all is well
};

// Told whether what was waited for is durable. False: the disk failed, and nothing that was put
// since the last time may be called stored.
using DurableCallback = std::function<void(bool durable)>;

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

  // XOR of RecordHash over all records, tombstones included. Kept up to date by every change.
  virtual std::uint64_t Digest(Partition partition) const = 0;
  // The same without the tombstones that IsForgotten() at `wall`. Kept up to date by every change
  // under the same lock, for the time of the last Forget(); for another one the tombstones between
  // the two are looked up.
  virtual std::uint64_t Digest(Partition partition, WallTime wall) const = 0;
  // Of its buckets; the XOR of all is the digest at `wall`.
  virtual BucketDigests DigestsOfBuckets(Partition partition, WallTime wall) const = 0;

  // Records with ScanOrder(key) >= from, in that order, until `max_bytes` of keys and values are
  // reached (at least one order's records, if any). All records that were here when the first page
  // was asked for are in one of the pages, themselves or superseded.
  virtual StorePage Scan(Partition partition, std::uint64_t from, std::size_t max_bytes) const = 0;

  // Lets go of all records of the partition, if their digest is this one. Returns whether it was.
  // Nobody finds them from then on; their memory comes back by Release().
  virtual bool DropAll(Partition partition, std::uint64_t digest) = 0;
  // Gives back the memory of at most `max_records` records that were dropped. Returns whether more
  // are left. An engine that keeps nothing of them has nothing to do. Thread: one at a time.
  virtual bool Release(std::size_t /*max_records*/) { return false; }

  // If it holds no record of the partition, it takes none from now on, for good. Returns whether it
  // holds none.
  virtual bool Close(Partition partition) = 0;

  // --- Tombstones ---

  // How long copies tell each other of a deletion, from its version on.
  virtual Duration tombstone_age() const = 0;
  // Whether digests and lists leave it out at `wall`: equal at both ends of a pass that name one
  // time, whatever either has forgotten so far.
  bool IsForgotten(const RecordView& record, WallTime wall) const {
    return record.tombstone && record.version.Milliseconds() < ForgottenBelow(wall);
  }
  // Tombstones of versions below it (in milliseconds) are forgotten at `wall`.
  std::uint64_t ForgottenBelow(WallTime wall) const {
    const auto age_ms = static_cast<std::uint64_t>(ToMilliseconds(tombstone_age()));
    return wall.ms >= age_ms ? wall.ms - age_ms + 1 : 0;
  }
  // Some partitions at a time, in turn, let what their digests are kept for follow `wall`. Nothing
  // depends on when that is done but the cost of a digest. Thread: one at a time.
  virtual void Forget(WallTime wall) = 0;
  // The time that Forget() was given last; before, that of version 0.
  virtual WallTime wall() const = 0;
  // Begins another stamp, and returns it: what is put from now on has it, what is here has lower
  // ones.
  virtual Stamp NextStamp(Partition partition) = 0;
  virtual TombstoneState Tombstones(Partition partition) const = 0;
  // Lets go of the tombstones that the sweep says, looking at `max_records` at most. Returns how
  // many it let go of. Gives memory back.
  virtual std::size_t Collect(Partition partition, TombstoneSweep& sweep,
                              std::size_t max_records) = 0;

  // --- Disk ---

  // Whether all that was put so far is as durable as this store promises.
  virtual bool IsDurable() const { return true; }
  // Calls `done` once when it is: at once, from within the call, or later from a thread of the
  // engine. An answer that says, in whatever words, that a record is stored here waits for it.
  virtual void WhenDurable(DurableCallback done) { done(true); }
  // False once something could not be read, until the store is opened anew: then it proves nothing
  // that Get() finds none, that a page of Scan() lacks something, or that there is nothing more.
  // Set before the call that failed returns.
  virtual bool readable() const { return true; }
  virtual StoreHealth Health() const { return {}; }

  virtual std::uint64_t RecordCount(Partition partition) const = 0;  // tombstones included
  virtual StoreStats Stats() const = 0;
  virtual Partition partition_count() const = 0;
};

}  // namespace vf
