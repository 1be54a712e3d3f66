// Walks the records of a partition to which something happens, in the order of the times: a view
// of the index as it was when the walk began.
//
// Thread: one owner; no lock is needed once it is made.
#pragma once

#include <rocksdb/db.h>

#include <cstdint>
#include <memory>

#include "node/store/rocksdb/row.h"

namespace vf::disk {

class TimeCursor {
 public:
  // From `from_ms` and `from_order` on, up to times of `last_ms`.
  TimeCursor(rocksdb::DB& db, Place place, TimeKind kind, std::uint64_t from_ms,
             std::uint64_t from_order, std::uint64_t last_ms);

  // False at the end, and where reading failed: see status().
  bool Valid() const { return entry_.has_value(); }
  void Next();
  // REQUIRES: Valid(). Views that live until Next().
  const TimeKey& entry() const { return *entry_; }
  std::string_view mark() const;
  rocksdb::Status status() const;

 private:
  void Read();

  const DiskKey end_;
  const rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::optional<TimeKey> entry_;
  bool damaged_ = false;
};

}  // namespace vf::disk
