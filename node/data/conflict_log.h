// Writes of this process that were acknowledged, and discarded in favour of one that did not know
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/hybrid_clock.h"
#include "gossip/types.h"

namespace vf {

struct Conflict {
  struct Side {
    Version version;
    MemberKey frontend = kNoMember;  // who took the write; kNoMember: nobody remembers
  };
  std::string key;
  Side kept;
  Side lost;
};

// Threads: any. The lock is held for a pointer or kKept of them.
// Limits: the last kKept conflicts; all are counted.
class ConflictLog {
 public:
  static constexpr std::size_t kKept = 100;

  void Note(Conflict conflict) {
    auto kept = std::make_shared<const Conflict>(std::move(conflict));
    const std::lock_guard lock(mutex_);
    std::swap(last_[count_++ % kKept], kept);
  }
  std::uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  // The newest first.
  std::vector<std::shared_ptr<const Conflict>> Last() const {
    std::vector<std::shared_ptr<const Conflict>> conflicts;
    conflicts.reserve(kKept);
    const std::lock_guard lock(mutex_);
    for (std::uint64_t i = count_; i > 0 && conflicts.size() < kKept; --i) {
      conflicts.push_back(last_[(i - 1) % kKept]);
    }
    return conflicts;
  }

 private:
  mutable std::mutex mutex_;
  std::array<std::shared_ptr<const Conflict>, kKept> last_;  // count_ % kKept is the oldest
  std::uint64_t count_ = 0;
};

}  // namespace vf
