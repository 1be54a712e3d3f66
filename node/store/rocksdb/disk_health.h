// What is known of the disk: whether it has room, whether writes and reads have failed, and why.
//
// Threads: any; the questions that every put and get asks take no lock.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "node/store/store.h"

namespace vf::disk {

class DiskHealth {
 public:
  // Room for values, besides what is reserved for deletions and for the engine itself.
  bool has_room() const { return has_room_.load(std::memory_order_relaxed); }
  bool writable() const { return writable_.load(std::memory_order_acquire); }
  bool readable() const { return readable_.load(std::memory_order_acquire); }

  // Each logs when it changes something. `reason`: one line.
  void SetRoom(bool has_room, const std::string& reason);
  // A write or a sync failed. `for_good`: until the store is opened anew.
  void WriteFailed(const std::string& reason, bool for_good);
  void WritableAgain();
  void ReadFailed(const std::string& reason);
  bool IsFailedForGood() const { return for_good_.load(std::memory_order_acquire); }

  StoreHealth Report() const;

 private:
  std::atomic<bool> has_room_{true};
  std::atomic<bool> writable_{true};
  std::atomic<bool> readable_{true};
  std::atomic<bool> for_good_{false};
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::string room_reason_;
  std::string write_reason_;
  std::string read_reason_;
};

}  // namespace vf::disk
