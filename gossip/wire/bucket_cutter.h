// Cuts a bucket of members into EXCHANGE messages of at most so many records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "gossip/wire/message.h"

namespace vf {

template <typename Take>
class BucketCutter {
 public:
  // `take(const Exchange&)` gets each part as soon as it is full.
  BucketCutter(std::size_t bucket, std::size_t records_in_part, Take take)
      : records_in_part_(records_in_part), take_(std::move(take)) {
    part_.bucket = static_cast<std::uint8_t>(bucket);
  }

  void Add(const MemberRecord& record) {
    (record.IsLive() ? part_.members : part_.tombstones).push_back(record);
    if (part_.members.size() + part_.tombstones.size() >= records_in_part_) Finish();
  }
  // The rest, if there is any.
  void Finish() {
    if (part_.members.empty() && part_.tombstones.empty()) return;
    take_(part_);
    part_.members.clear();
    part_.tombstones.clear();
  }

 private:
  const std::size_t records_in_part_;
  Take take_;
  Exchange part_;
};

}  // namespace vf
