// A count that costs the hot path one relaxed add, for figures that somebody else adds up now and
// then.
#pragma once

#include <atomic>
#include <cstdint>

namespace vf {

// Threads: one writes, any may read.
class Counter {
 public:
  void Add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace vf
