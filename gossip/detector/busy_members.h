// Members whose data threads stand still though their gossip thread answers: *busy*.
//
// Each says so itself, with every ACK. They are members, live and own as before, but are the last
// choice for requests (Reach, node/placement/cluster_view.h), or a live gossip thread would hide a
// dead data path. Who was told so pings them again every kLookEvery, since in a large cluster the
// round of probes would bring the good news minutes late.
//
// Thread: none of its own.
// Limits: kMost; one more is used as if it had said nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

class BusyMembers {
 public:
  static constexpr std::size_t kMost = 64;
  static constexpr Duration kLookEvery = seconds(1);

  // `member` has said that it is busy. False: there are too many already.
  bool Add(TimePoint now, MemberKey member) {
    if (looks_.size() >= kMost && !looks_.contains(member)) return false;
    looks_[member] = now + kLookEvery;
    return true;
  }
  void Remove(MemberKey member) { looks_.erase(member); }
  void Clear() { looks_.clear(); }

  // Those to be pinged now, in the order of keys; each again after kLookEvery.
  std::vector<MemberKey> TakeDue(TimePoint now) {
    std::vector<MemberKey> due;
    for (auto& [member, look] : looks_) {
      if (look > now) continue;
      look = now + kLookEvery;
      due.push_back(member);
    }
    return due;
  }
  TimePoint NextDeadline() const {
    TimePoint next = kNever;
    for (const auto& [member, look] : looks_) next = std::min(next, look);
    return next;
  }

 private:
  std::map<MemberKey, TimePoint> looks_;
};

}  // namespace vf
