// Members that have the view and were heard of last: those who may be named to a joiner as the one
// to get the members from. Those that the table alone takes for alive may all have gone together
// with whoever restarts now. A mass start hands the view on from one newcomer to the next, so that
// its first members are not worn out.
//
// Who has joined puts its view hash on each datagram, who has not leaves it out: that is how they
// are known.
//
// Thread: none of its own.
// Limits: kLimit; a further one takes the place of the one that was heard of longest ago, so in a
// mass start all take their turn.
#pragma once

#include <cstddef>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

class ViewHolders {
 public:
  static constexpr std::size_t kLimit = 32;

  struct Holder {
    MemberKey member = kNoMember;
    TimePoint heard_at;
  };

  void OnHeard(TimePoint now, MemberKey member);
  bool Contains(MemberKey member) const;
  // In no order that matters, but the same one in each run.
  const std::vector<Holder>& all() const { return holders_; }
  void Clear() { holders_.clear(); }

 private:
  std::vector<Holder> holders_;
};

}  // namespace vf
