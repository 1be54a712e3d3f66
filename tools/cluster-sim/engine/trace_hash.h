// One number for all that happened in a run: equal runs have equal ones, in every build.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/hash64.h"
#include "base/time.h"

namespace vf::sim {

class TraceHash {
 public:
  // Something happened: each hash is the seed of the next one.
  void Add(TimePoint at, std::uint32_t kind, std::uint32_t target, ByteSpan bytes = {}) {
    std::array<std::byte, 24> head;
    StoreLittleEndian(head.data(), at.time_since_epoch().count());
    StoreLittleEndian(head.data() + 8, kind);
    StoreLittleEndian(head.data() + 12, target);
    StoreLittleEndian(head.data() + 16, std::uint64_t{bytes.size()});
    value_ = Hash64(head, value_);
    if (!bytes.empty()) value_ = Hash64(bytes, value_);
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace vf::sim
