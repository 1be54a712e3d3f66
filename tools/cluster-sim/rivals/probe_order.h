// Round robin over the members in a new random order each time (SWIM's own, also memberlist's).
//
// The permutation is drawn place by place while it is walked, so that a member of a cluster of
// 10,000 remembers only what it has displaced so far. Thread: none of its own; one owner.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/rng.h"

namespace vf::sim {

class ProbeOrder {
 public:
  // Begins a new round over places 0 to places - 1.
  void Reset(std::size_t places);
  // Place `places` is new: it comes at a random position of the round, also of what is over, in
  // which case some other member comes twice.
  void Insert(Rng& rng);
  bool Done() const { return walked_ == count_; }
  // The next place. REQUIRES: !Done().
  std::size_t Next(Rng& rng);

 private:
  std::size_t At(std::size_t position) const;
  void Put(std::size_t position, std::size_t place);

  std::size_t count_ = 0;
  std::size_t walked_ = 0;
  // Positions whose place is another one than their own number, sorted; walked ones are dropped.
  std::vector<std::pair<std::size_t, std::size_t>> displaced_;
};

}  // namespace vf::sim
