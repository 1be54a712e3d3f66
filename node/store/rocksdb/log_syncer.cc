#include "node/store/rocksdb/log_syncer.h"

#include <utility>

namespace vf::disk {

LogSyncer::LogSyncer(std::function<SyncResult()> sync)
    : sync_(std::move(sync)), thread_([this] { Run(); }) {}

LogSyncer::~LogSyncer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool LogSyncer::IsDurable() const {
  return durable_.load(std::memory_order_acquire) >= written_.load(std::memory_order_acquire) &&
         !failed_.load(std::memory_order_acquire);
}

void LogSyncer::WhenDurable(DurableCallback done) {
  const std::uint64_t point = written_.load(std::memory_order_acquire);
  bool failed = failed_.load(std::memory_order_acquire);
  if (!failed && durable_.load(std::memory_order_acquire) < point) {
    const std::lock_guard lock(mutex_);
    // It may have failed, and told everybody, since.
    failed = failed_.load(std::memory_order_acquire);
    if (!failed) {
      waiters_.push_back({point, std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  done(!failed);
}

void LogSyncer::Run() {
  std::vector<Waiter> told;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !waiters_.empty(); });
    const bool last = stopping_;
    // All who wait have written before they came: one sync from here on is for all of them.
    std::swap(told, waiters_);
    lock.unlock();
    const std::uint64_t target = written_.load(std::memory_order_acquire);
    SyncResult result = SyncResult::kFailed;
    if (!failed_.load(std::memory_order_acquire)) {
      const bool synced = durable_.load(std::memory_order_acquire) >= target;
      result = synced ? SyncResult::kDone : sync_();
    }
    lock.lock();
    switch (result) {
      case SyncResult::kDone:
        durable_.store(target, std::memory_order_release);
        break;
      case SyncResult::kNotNow:
        break;
      case SyncResult::kFailed:
        failed_.store(true, std::memory_order_release);
        // Whoever came meanwhile would wait for nothing.
        for (Waiter& waiter : waiters_) told.push_back(std::move(waiter));
        waiters_.clear();
        break;
    }
    lock.unlock();
    for (Waiter& waiter : told) waiter.done(result == SyncResult::kDone);
    told.clear();
    lock.lock();
    if (last && waiters_.empty()) return;
  }
}

}  // namespace vf::disk
