#include "node/store/dropped_records.h"

#include <utility>

namespace vf {

void DroppedRecords::Add(RecordTable table, TimeIndex expiries, TimeIndex tombstones) {
  auto dropped = std::make_unique<Table>();
  dropped->slots = table.TakeSlots();
  dropped->expiries = std::move(expiries);
  dropped->tombstones = std::move(tombstones);
  const std::lock_guard lock(mutex_);
  tables_.push_back(std::move(dropped));
}

DroppedRecords::Table* DroppedRecords::First() {
  const std::lock_guard lock(mutex_);
  return tables_.empty() ? nullptr : tables_.front().get();
}

void DroppedRecords::RemoveFirst() {
  std::unique_ptr<Table> first;  // destroyed after the lock is given back
  const std::lock_guard lock(mutex_);
  first = std::move(tables_.front());
  tables_.pop_front();
}

}  // namespace vf
