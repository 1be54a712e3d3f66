// Members of whom nobody has heard yet that they are settled, but who have the view: a mass start
// hands it over from one newcomer to the next, so that its first members are not worn out.
//
// Who has joined puts its view hash on each datagram, who has not leaves it out: that is how they
// are known.
// Thread: none of its own.
// Limits: kMaxHolders; a further one takes the place of the one noted longest ago. So in a mass
// start all take their turn.
#pragma once

#include <cstddef>
#include <vector>

#include "gossip/dissemination/recent_set.h"
#include "gossip/types.h"

namespace vf {

class ViewHolders {
 public:
  static constexpr std::size_t kMaxHolders = 64;

  void Note(MemberKey key) { recent_.Add(key); }
  bool Contains(MemberKey key) const { return recent_.Contains(key); }
  // Some may be gone by now.
  const std::vector<MemberKey>& keys() const { return recent_.items(); }
  void Clear() { recent_.Clear(); }

 private:
  RecentSet<MemberKey, kMaxHolders> recent_;
};

}  // namespace vf
