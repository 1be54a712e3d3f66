// The one order of the records of a key, written a second time.
//
// It follows the same words as the product's (docs/replication.md) and shares no code with it, so
// that a mistake in one of the two shows.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

// A record that lives in the history.
struct SeenView {
  std::uint64_t version = 0;
  bool tombstone = false;
  std::uint64_t expiry_ms = 0;
  std::string_view value;
};

SeenView ViewOf(const SeenRecord& record);

// What an acknowledged write or delete stored.
// REQUIRES: such an operation, with the version of its answer.
SeenView ViewOfWrite(const Operation& operation);

// What a read found. The answer does not show the expiry: 0.
// REQUIRES: a read that found something.
SeenView ViewOfAnswer(const Operation& operation);

// Newer version; then a tombstone beats a value; then the greater value by unsigned bytes, where a
// prefix is smaller. Enough wherever a write is compared with what was seen of it: values name
// their writes, and a client does not learn the expiry to the millisecond.
std::strong_ordering CompareWrites(const SeenView& a, const SeenView& b);

// The same, and last the later expiry; none is the latest.
std::strong_ordering CompareSeen(const SeenView& a, const SeenView& b);

}  // namespace vf::sim
