#include "node/store/rocksdb/disk_health.h"

#include "base/os/log.h"

namespace vf::disk {

void DiskHealth::SetRoom(bool has_room, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  room_reason_ = has_room ? "" : reason;
  if (has_room_.exchange(has_room, std::memory_order_relaxed) == has_room) return;
  if (has_room) {
    LogInfo("the disk has room again: writes are taken");
  } else {
    LogError(reason);
  }
}

void DiskHealth::WriteFailed(const std::string& reason, bool for_good) {
  const std::lock_guard lock(mutex_);
  const bool worse = for_good && !for_good_.exchange(true, std::memory_order_acq_rel);
  const bool first = writable_.exchange(false, std::memory_order_acq_rel);
  if (!first && !worse) return;
  write_reason_ = reason;
  LogError(reason);
}

void DiskHealth::WritableAgain() {
  const std::lock_guard lock(mutex_);
  if (for_good_.load(std::memory_order_acquire)) return;
  if (writable_.exchange(true, std::memory_order_acq_rel)) return;
  write_reason_.clear();
  LogInfo("the disk takes writes again");
}

void DiskHealth::ReadFailed(const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (!readable_.exchange(false, std::memory_order_acq_rel)) return;
  read_reason_ = reason;
  LogError(reason);
}

StoreHealth DiskHealth::Report() const {
  const std::lock_guard lock(mutex_);
  StoreHealth health;
  health.writable = writable() && has_room();
  health.readable = readable();
  for (const std::string* reason : {&read_reason_, &write_reason_, &room_reason_}) {
    if (health.reason.empty()) health.reason = *reason;
  }
  return health;
}

}  // namespace vf::disk
