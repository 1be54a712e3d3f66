// A hash table of records that can be walked in the order of their key hashes.
//
// Open addressing with linear probing in one array, sorted: a record's home slot rises with its
// hash, and records that were pushed from their home keep the order. So a page of that order costs
// what it holds, not a walk of the whole table, and is the same in every run.
//
// Of a hash the upper half counts (scan_order.h); what a slot saves by that holds the stamp: any
// number that the owner gives to a record when it puts it in.
//
// Thread: none of its own; the owner locks.
// Invariants: 1. The hashes of the occupied slots rise from left to right (equal ones: any order).
//             2. No record is left of its home, and no empty slot is between its home and it.
// Cost: Find, Insert and Erase touch a few neighbouring slots at the load that is kept, at most 7/8
//   of the homes, at least 7/16 after an Erase. Keys of one hash degrade to a walk over them.
// Limit: 2^32 - 1 slots.
// Source: Robin Hood hashing (Celis, Larson, Munro, 1985), with a home that keeps the order.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "node/store/record.h"

namespace vf {

class RecordTable {
 public:
  // Moves by itself at the next Insert or Erase.
  struct Slot {
    std::uint32_t order = 0;  // upper half of the hash
    std::uint32_t stamp = 0;
    RecordRef record;  // none: the slot is empty
  };

  // Where the record of `key` is, or null. `hash`, here and below: that of the key, spread over all
  // 64 bits and always the same for one key. The pointer lives until the next Insert or Erase.
  const Slot* Find(std::uint64_t hash, std::string_view key) const;
  Slot* Find(std::uint64_t hash, std::string_view key);

  // REQUIRES: no record of its key is here. Without memory std::bad_alloc, and nothing has changed.
  void Insert(std::uint64_t hash, RecordRef record, std::uint32_t stamp);

  // Takes out what Find() found. Gives memory back when little is left; where there is none for a
  // smaller table, the larger one stays.
  RecordRef Erase(Slot* found);

  // All places, full and empty, in the order of the hashes. The table is empty afterwards.
  struct Slots {
    std::unique_ptr<Slot[]> places;
    std::size_t count = 0;
  };
  Slots TakeSlots();

  // Calls visit(slot) for records with a hash >= `from`, in the order of the hashes, until it
  // returns false. Returns whether it came to the end.
  template <typename Visit>
  bool VisitFrom(std::uint64_t from, Visit visit) const {
    for (std::size_t slot = LowerBound(Order(from)); slot < slots_; ++slot) {
      if (table_[slot].record && !visit(std::as_const(table_[slot]))) return false;
    }
    return true;
  }
  // The same for the records of one hash.
  template <typename Visit>
  void VisitHash(std::uint64_t hash, Visit visit) const {
    for (std::size_t slot = LowerBound(Order(hash)); slot < slots_; ++slot) {
      const Slot& found = table_[slot];
      if (!found.record || found.order != Order(hash)) return;
      visit(found);
    }
  }

  std::size_t size() const { return size_; }
  // Memory of the slots, records not included.
  std::size_t memory_bytes() const { return std::size_t{slots_} * sizeof(Slot); }
  // What memory_bytes() will be after one Insert, unless slots run out behind the last home.
  std::size_t memory_bytes_after_insert() const;

 private:
  static std::uint32_t Order(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }
  std::size_t Home(std::uint32_t order) const;
  // The first slot from the home of `order` on that is empty or holds one >= `order`. No slot left
  // of it holds one >= `order`, no slot right of it one below.
  std::size_t LowerBound(std::uint32_t order) const;
  bool NeedsMoreHomes() const;
  void ShrinkIfSparse();
  void Rebuild(std::size_t homes, std::size_t overflow);

  std::unique_ptr<Slot[]> table_;
  std::uint32_t size_ = 0;
  std::uint32_t homes_ = 0;  // slots that can be a home; those behind take what is pushed out
  std::uint32_t slots_ = 0;
};

}  // namespace vf
