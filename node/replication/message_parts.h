// What all data messages have in common.
#pragma once

#include <cstdint>
#include <vector>

#include "gossip/types.h"

namespace vf {

// Numbers a request among those of one connection; the answer repeats it.
using RequestId = std::uint64_t;

// The receiver's list, when it differs from the one in the request. Empty: the same list.
struct OtherList {
  std::uint64_t hash = 0;
  std::vector<MemberRecord> members;
  bool differs() const { return hash != 0; }
  bool operator==(const OtherList&) const = default;
};

}  // namespace vf
