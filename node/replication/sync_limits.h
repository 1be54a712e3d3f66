// How much one message of a pass may carry.
#pragma once

#include <cstddef>
#include <cstdint>

namespace vf {

// Small enough that a data thread, whose clients wait meanwhile, is done with one message within
// 60 us (docs/decisions/0020). At most kMaxFetchKeys records.
struct SyncLimits {
  std::size_t batch_records = 64;                  // records, or versions, of one message
  std::size_t batch_bytes = std::size_t{1} << 15;  // of their keys and values; one may be larger
};

// Says where a message is full. Records of one ScanOrder() stay together, since pages end between
// two.
class BatchEnd {
 public:
  explicit BatchEnd(const SyncLimits& limits) : limits_(limits) {}

  // Whether the batch ends before a record of this order and size. False: it is taken.
  // REQUIRES: orders do not fall.
  bool ComesBefore(std::uint64_t order, std::size_t bytes) {
    const bool full = records_ >= limits_.batch_records || bytes_ + bytes > limits_.batch_bytes;
    if (full && records_ > 0 && order != last_order_) return true;
    ++records_;
    bytes_ += bytes;
    last_order_ = order;
    return false;
  }

 private:
  const SyncLimits limits_;
  std::size_t records_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t last_order_ = 0;
};

}  // namespace vf
