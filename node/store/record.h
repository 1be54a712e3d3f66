// A record, and the one order that writes, reads, sync and the simulator share.
//
// A record is key bytes and value bytes or a tombstone, a version and an optional absolute expiry.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/hybrid_clock.h"
#include "base/time.h"

namespace vf {

// The fields of a record that lives elsewhere. Views: whoever makes one says how long it lives.
struct RecordView {
  std::string_view key{};
  std::string_view value{};  // empty for a tombstone
  Version version{};
  std::uint64_t expiry_ms = 0;  // unix time; 0: never
  bool tombstone = false;

  bool operator==(const RecordView&) const = default;
};

// The order of two records of one key: newer version; then a tombstone beats a value; then the
// greater value by unsigned bytes (a prefix is smaller); then the later expiry (none is the
// latest). Total over all that the digest covers, so merging is commutative, associative and
// idempotent. Keys play no part.
std::strong_ordering CompareRecords(const RecordView& a, const RecordView& b);

// Whether a read finds a value: no tombstone, and not expired at `wall`.
bool IsLive(const RecordView& record, WallTime wall);

// Whether the record is a value that will be absent some day by itself.
inline bool WillExpire(const RecordView& record) {
  return record.expiry_ms != 0 && !record.tombstone;
}

// 64-bit hash over key, version, expiry, tombstone and value: what digests are the XOR of.
std::uint64_t RecordHash(const RecordView& record);

// One immutable record in one allocation, shared by reference count: the store, answers on their
// way to a client and frames on their way to a peer hold the same bytes.
// Threads: any.
class RecordRef {
 public:
  RecordRef() = default;  // none
  // Copies the bytes. REQUIRES: key at most 65,535 bytes, value below 4 GiB, none in a tombstone.
  static RecordRef Make(const RecordView& view);
  RecordRef(const RecordRef& other);
  RecordRef(RecordRef&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  RecordRef& operator=(RecordRef other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~RecordRef();

  explicit operator bool() const { return block_ != nullptr; }
  // Lives as long as some reference does. REQUIRES: not none.
  RecordView view() const;
  std::string_view key() const;
  Version version() const;
  // RecordHash(view()), without reading a long value again.
  std::uint64_t hash() const;
  // Memory of the allocation, its header and the allocator's rounding included.
  std::size_t allocated_bytes() const;

 private:
  struct Block;
  explicit RecordRef(Block* block) : block_(block) {}
  Block* block_ = nullptr;
};

}  // namespace vf
