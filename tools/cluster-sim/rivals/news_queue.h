// Updates that a member still has to pass on: at most one about each subject, each a limited number
// of times, fewest times first, then the longest, then the newest.
//
// Source: memberlist v0.6.0's queue order; SWIM (Das, Gupta, Motivala, DSN 2002, section 4.1) asks
// for the first rule only. Thread: none of its own; one owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/cluster-sim/rivals/rival_update.h"

namespace vf::sim {

class NewsQueue {
 public:
  // Replaces an older one about the same subject.
  void Add(const RivalUpdate& update, std::size_t bytes);

  // Appends updates to `out` as long as they fit into `room`, where each takes `overhead` bytes
  // besides its own. One that has been taken `limit` times is gone. Returns the bytes used.
  std::size_t Take(std::size_t room, std::size_t overhead, int limit,
                   std::vector<RivalUpdate>& out);

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size(); }
  std::size_t peak() const { return peak_; }  // of size()

 private:
  struct Item {
    int taken = 0;
    std::size_t bytes = 0;
    std::uint64_t number = 0;
    RivalUpdate update;
    bool operator<(const Item& other) const;
  };
  std::vector<Item> items_;  // sorted
  std::vector<Item> again_;  // of one Take()
  std::uint64_t added_ = 0;
  std::size_t peak_ = 0;
  std::size_t smallest_ = SIZE_MAX;  // of all that were ever added
};

}  // namespace vf::sim
