// Looks after the disk: measures its room, brings RocksDB back after the disk was full, and gives
// back what dropped partitions took.
//
// Threads: any; the work is done by a thread of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/time.h"
#include "node/store/rocksdb/database.h"
#include "node/store/rocksdb/disk_health.h"
#include "node/store/rocksdb/row.h"

namespace vf::disk {

class DiskKeeper {
 public:
  // A look at the disk comes this often, and each time that a part of the reserve was written.
  static constexpr Duration kLook = milliseconds(100);
  static constexpr std::uint64_t kLooksAReserve = 16;
  // RocksDB is asked to go on this often.
  static constexpr Duration kRetry = milliseconds(250);

  // The references outlive this object.
  DiskKeeper(Database& database, std::string folder, std::uint64_t reserve_bytes,
             DiskHealth& health);
  ~DiskKeeper();
  DiskKeeper(const DiskKeeper&) = delete;
  DiskKeeper& operator=(const DiskKeeper&) = delete;

  // All generations of the partition below this one are garbage.
  void Clean(Place place);
  // So much was written.
  void NoteWritten(std::uint64_t bytes);
  // The disk was full: look now.
  void Wake();

 private:
  void Run();
  void LookAtRoom();
  bool Recover();
  void GiveBack(Place place);

  Database& database_;
  rocksdb::DB& db_;
  const std::string folder_;
  const std::uint64_t reserve_bytes_;
  DiskHealth& health_;
  std::atomic<std::uint64_t> unseen_bytes_{0};  // written since the last look
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_:
  std::vector<Place> garbage_;
  bool stopping_ = false;
  bool woken_ = false;
  std::thread thread_;  // last: it uses all others
};

}  // namespace vf::disk
