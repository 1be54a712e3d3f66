#include "node/store/rocksdb/time_cursor.h"

#include "node/store/rocksdb/database.h"

namespace vf::disk {

TimeCursor::TimeCursor(rocksdb::DB& db, Place place, TimeKind kind, std::uint64_t from_ms,
                       std::uint64_t from_order, std::uint64_t last_ms)
    : end_(last_ms == UINT64_MAX
               ? TimeKey::From(place, TimeKind(static_cast<std::uint8_t>(kind) + 1), 0, 0)
               : TimeKey::From(place, kind, last_ms + 1, 0)),
      end_slice_(ToSlice(end_.view())) {
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &end_slice_;
  iterator_.reset(db.NewIterator(options));
  iterator_->Seek(ToSlice(TimeKey::From(place, kind, from_ms, from_order).view()));
  Read();
}

void TimeCursor::Next() {
  iterator_->Next();
  Read();
}

void TimeCursor::Read() {
  entry_.reset();
  if (!iterator_->Valid()) return;
  entry_ = TimeKey::Parse(ToView(iterator_->key()));
  damaged_ = !entry_.has_value();
}

std::string_view TimeCursor::mark() const { return ToView(iterator_->value()); }

rocksdb::Status TimeCursor::status() const {
  if (damaged_) return rocksdb::Status::Corruption("an entry of the index by time");
  return iterator_->status();
}

}  // namespace vf::disk
