// Which records of one partition something happens to at a time, and when: values that expire,
// tombstones that grow old.
//
// Thread: none of its own; the owner locks.
// Cost: 16 bytes a record in nodes of 256, of which between half and all is used (all, when times
//   come in rising order, as they do with one ttl); no step is longer for many records, or many
//   of one time, than a logarithm. Records that nothing happens to are not here.
#pragma once

#include <absl/container/btree_set.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace vf {

class TimeIndex {
 public:
  // What one record is taken to cost on average.
  static constexpr std::size_t kBytesARecord = 24;

  // `at_ms`: when; `key_hash`: where the record is in its table.
  struct Entry {
    std::uint64_t at_ms = 0;
    std::uint64_t key_hash = 0;
    auto operator<=>(const Entry&) const = default;

    // The least one that is greater. REQUIRES: not the greatest of all.
    Entry Next() const {
      return key_hash < UINT64_MAX ? Entry{at_ms, key_hash + 1} : Entry{at_ms + 1, 0};
    }
  };

  // Records whose keys have one hash may have one time: each is added. Without memory
  // std::bad_alloc, and nothing has changed.
  void Add(Entry entry) { entries_.insert(entry); }

  // REQUIRES: it was added.
  void Remove(Entry entry) {
    const auto found = entries_.find(entry);
    VF_CHECK(found != entries_.end(), "a time that is not in the index");
    entries_.erase(found);
  }

  bool empty() const { return entries_.empty(); }
  // UINT64_MAX: there is none.
  std::uint64_t Earliest() const { return empty() ? UINT64_MAX : entries_.begin()->at_ms; }

  // Calls visit(entry) once for each entry that is at least `from` and not later than `last_ms`, in
  // order, until it returns false.
  template <typename Visit>
  void VisitFrom(Entry from, std::uint64_t last_ms, Visit visit) const {
    for (auto it = entries_.lower_bound(from); it != entries_.end() && it->at_ms <= last_ms;) {
      const Entry entry = *it;
      if (!visit(entry)) return;
      while (it != entries_.end() && *it == entry) ++it;
    }
  }

 private:
  absl::btree_multiset<Entry> entries_;
};

}  // namespace vf
