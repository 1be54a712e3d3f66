// Which records of one partition expire, and when.
//
// Thread: none of its own; the owner locks.
// Cost: 16 bytes a record in nodes of 256, of which between half and all is used (all, when
// expiries come in rising order, as they do with one ttl); no step is longer for many records, or
// many with one expiry, than a logarithm. Records without expiry are not here.
#pragma once

#include <absl/container/btree_set.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/check.h"

namespace vf {

class ExpiryIndex {
 public:
  // What one record is taken to cost on average.
  static constexpr std::size_t kBytesARecord = 24;

  // `key_hash`: where the record is in its table. Records whose keys have one hash may expire at
  // the same moment: each is added. Without memory std::bad_alloc, and nothing has changed.
  void Add(std::uint64_t expiry_ms, std::uint64_t key_hash) { due_.emplace(expiry_ms, key_hash); }

  // REQUIRES: it was added.
  void Remove(std::uint64_t expiry_ms, std::uint64_t key_hash) {
    const auto found = due_.find({expiry_ms, key_hash});
    VF_CHECK(found != due_.end(), "an expiry that is not in the index");
    due_.erase(found);
  }

  // UINT64_MAX: there is none.
  std::uint64_t Earliest() const { return due_.empty() ? UINT64_MAX : due_.begin()->first; }

  // Calls visit(expiry_ms, key_hash) once for each pair that is due at `wall_ms`, in order, until
  // it returns false.
  template <typename Visit>
  void VisitDue(std::uint64_t wall_ms, Visit visit) const {
    for (auto it = due_.begin(); it != due_.end() && it->first <= wall_ms;) {
      const auto pair = *it;
      if (!visit(pair.first, pair.second)) return;
      while (it != due_.end() && *it == pair) ++it;
    }
  }

 private:
  absl::btree_multiset<std::pair<std::uint64_t, std::uint64_t>> due_;
};

}  // namespace vf
