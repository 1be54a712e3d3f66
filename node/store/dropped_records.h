// Records that a store has let go of, until their memory is given back: a little at a time, since
// a large partition at once would hold up whoever does it.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "node/store/record_table.h"
#include "node/store/time_index.h"

namespace vf {

// Threads: any; Release() one at a time.
// Cost: the array of a table, and what is left of the indexes, go with its last record: one
//   nanosecond a place of the array.
class DroppedRecords {
 public:
  void Add(RecordTable table, TimeIndex expiries, TimeIndex tombstones);

  // Goes through at most `max_places` of tables, full or empty, and gives back what it finds there.
  // Before that, visit(record) is called for each record, and done(bytes) for each table that comes
  // to its end: its memory without records. Returns whether anything is left.
  template <typename Visit, typename Done>
  bool Release(std::size_t max_places, Visit visit, Done done) {
    for (std::size_t passed = 0; passed < max_places;) {
      Table* const table = First();
      if (table == nullptr) return false;
      for (; passed < max_places && table->at < table->slots.count; ++passed, ++table->at) {
        RecordRef& record = table->slots.places[table->at].record;
        if (!record) continue;
        visit(record);
        record = RecordRef();
      }
      if (table->at < table->slots.count) return true;
      done(table->slots.count * sizeof(RecordTable::Slot));
      RemoveFirst();
    }
    return First() != nullptr;
  }

 private:
  struct Table {
    RecordTable::Slots slots;
    TimeIndex expiries;
    TimeIndex tombstones;
    std::size_t at = 0;  // belongs to Release()
  };
  // Null: there is none. It stays where it is, whatever is added meanwhile.
  Table* First();
  void RemoveFirst();

  std::mutex mutex_;
  std::deque<std::unique_ptr<Table>> tables_;  // guarded by mutex_
};

}  // namespace vf
