// The figures of the move that runs (MoveProgress), for the threads that show them.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "node/replication/move_progress.h"

namespace vf {

// Threads: Set() belongs to the one that runs the SyncPlan, Read() to any.
// Limit: who reads while another move begins may see figures of both; `complete` is never above
// `partitions` all the same.
class MoveGauges {
 public:
  void Set(const std::optional<MoveFigures>& move) {
    const MoveFigures figures = move.value_or(MoveFigures());
    Store(partitions_, figures.partitions);
    Store(to_come_, figures.partitions - figures.complete);
    Store(records_, figures.records);
    Store(bytes_, figures.bytes);
    Store(began_, figures.began);
    Store(advanced_, figures.advanced);
  }

  // None: no move runs.
  std::optional<MoveFigures> Read() const {
    const std::uint64_t to_come = Load(to_come_);
    if (to_come == 0) return std::nullopt;
    MoveFigures figures;
    figures.partitions = std::max(Load(partitions_), to_come);
    figures.complete = figures.partitions - to_come;
    figures.records = Load(records_);
    figures.bytes = Load(bytes_);
    figures.began = Load(began_);
    figures.advanced = Load(advanced_);
    return figures;
  }

 private:
  template <typename T>
  static void Store(std::atomic<T>& gauge, T value) {
    gauge.store(value, std::memory_order_relaxed);
  }
  template <typename T>
  static T Load(const std::atomic<T>& gauge) {
    return gauge.load(std::memory_order_relaxed);
  }

  std::atomic<std::uint64_t> partitions_{0};
  std::atomic<std::uint64_t> to_come_{0};
  std::atomic<std::uint64_t> records_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<TimePoint> began_{TimePoint()};
  std::atomic<TimePoint> advanced_{TimePoint()};
};

}  // namespace vf
