// The memory that request bodies of one process may hold together, from their first byte until
// their answer.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace vf {

// Threads: any; one budget a process. Outlives every lease on it.
// Invariant: used() is at most limit().
class BodyBudget {
 public:
  explicit BodyBudget(std::uint64_t limit_bytes) : limit_(limit_bytes) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  bool TryTake(std::uint64_t bytes) {
    std::uint64_t used = used_.load(std::memory_order_relaxed);
    do {
      if (bytes > limit_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
    return true;
  }
  void Give(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  // Whether `bytes` would fit now. No promise: another thread may take them.
  bool Fits(std::uint64_t bytes) const { return bytes <= limit_ - used(); }
  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  std::uint64_t limit() const { return limit_; }

 private:
  const std::uint64_t limit_;
  std::atomic<std::uint64_t> used_{0};
};

// A share of a budget, given back when it goes. Thread: one owner.
class BodyLease {
 public:
  BodyLease() = default;
  explicit BodyLease(BodyBudget* budget) : budget_(budget) {}
  BodyLease(BodyLease&& other) noexcept
      : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  BodyLease& operator=(BodyLease&& other) noexcept {
    if (this != &other) {
      Release();
      budget_ = other.budget_;
      bytes_ = std::exchange(other.bytes_, 0);
    }
    return *this;
  }
  ~BodyLease() { Release(); }

  // Makes the share `bytes` large; false, and nothing changed, if the budget has no room. Without
  // a budget everything fits.
  bool GrowTo(std::uint64_t bytes) {
    if (budget_ == nullptr || bytes <= bytes_) return true;
    if (!budget_->TryTake(bytes - bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  void Release() {
    if (bytes_ != 0) budget_->Give(std::exchange(bytes_, 0));
  }
  BodyBudget* budget() const { return budget_; }

 private:
  BodyBudget* budget_ = nullptr;
  std::uint64_t bytes_ = 0;
};

}  // namespace vf
