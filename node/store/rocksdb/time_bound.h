// The earliest of the times that stand in an index on disk, without a look at it for each change.
//
// Thread: none of its own; the owner locks, but bound() may be asked by any thread.
// Invariant: bound() is never later than the earliest time; UINT64_MAX only if there is none.
#pragma once

#include <atomic>
#include <cstdint>

namespace vf::disk {

class TimeBound {
 public:
  void Came(std::uint64_t at_ms) {
    if (at_ms > bound()) return;
    Set(at_ms);
    exact_ = true;
  }
  // `left`: how many times the index still has.
  void Went(std::uint64_t at_ms, std::uint64_t left) {
    if (left == 0) {
      Set(UINT64_MAX);
      exact_ = true;
    } else if (at_ms == bound()) {
      exact_ = false;  // There may be others of that time.
    }
  }
  // The index was asked: the earliest is this one.
  void Found(std::uint64_t at_ms) {
    Set(at_ms);
    exact_ = true;
  }

  std::uint64_t bound() const { return bound_.load(std::memory_order_relaxed); }
  bool exact() const { return exact_; }

 private:
  void Set(std::uint64_t at_ms) { bound_.store(at_ms, std::memory_order_relaxed); }

  std::atomic<std::uint64_t> bound_{UINT64_MAX};
  bool exact_ = true;
};

}  // namespace vf::disk
