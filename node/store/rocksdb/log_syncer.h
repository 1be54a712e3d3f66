// Group commit: one thread syncs the log again and again, and each time everybody who waited for
// what was written before is told at once.
//
// Threads: any.
// Invariants: 1. A waiter is told `true` only after a sync that began when all that it waits for
//                was written, and only while none has failed.
//             2. After a sync that failed for good nobody is told `true` any more: what the system
//                has dropped from its cache cannot be synced again.
//             3. Every waiter is told once; at the latest by the destructor, which syncs first.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "node/store/store.h"

namespace vf::disk {

enum class SyncResult {
  kDone,
  kNotNow,  // nothing was tried; it may work later
  kFailed,  // for good
};

class LogSyncer {
 public:
  // `sync`: makes all that was written before the call durable. Called by the thread of this object
  // only.
  explicit LogSyncer(std::function<SyncResult()> sync);
  ~LogSyncer();
  LogSyncer(const LogSyncer&) = delete;
  LogSyncer& operator=(const LogSyncer&) = delete;

  // After each write, before anybody is told of it.
  void NoteWrite() { written_.fetch_add(1, std::memory_order_release); }

  // Whether all that was written so far is durable.
  bool IsDurable() const;
  // `done` is called at once if it is, else by the thread of this object.
  void WhenDurable(DurableCallback done);

 private:
  struct Waiter {
    std::uint64_t point = 0;
    DurableCallback done;
  };

  void Run();

  const std::function<SyncResult()> sync_;
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_:
  std::vector<Waiter> waiters_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all others
};

}  // namespace vf::disk
