// Members of whom nobody has heard yet that they are settled, but who have the view: a mass start
// hands it over from one newcomer to the next, so that its first members are not worn out.
//
// Who has joined puts its view hash on each datagram, who has not leaves it out: that is how they
// are known.
// Thread: none of its own.
// Limits: kMaxHolders; a further one takes the place of the one noted longest ago. So in a mass
// start all take their turn.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "gossip/types.h"

namespace vf {

class ViewHolders {
 public:
  static constexpr std::size_t kMaxHolders = 64;

  void Note(MemberKey key) {
    if (Contains(key)) return;
    if (keys_.size() < kMaxHolders) {
      keys_.push_back(key);
      return;
    }
    keys_[oldest_] = key;
    oldest_ = (oldest_ + 1) % kMaxHolders;
  }
  bool Contains(MemberKey key) const {
    return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
  }
  // In no order that matters; some may be gone by now.
  const std::vector<MemberKey>& keys() const { return keys_; }
  void Clear() {
    keys_.clear();
    oldest_ = 0;
  }

 private:
  std::vector<MemberKey> keys_;  // a ring, once it is full
  std::size_t oldest_ = 0;
};

}  // namespace vf
