// Members of whom nobody has heard yet that they are settled, but who have the view: a mass start
// hands it over from one newcomer to the next, so that its first members are not worn out.
//
// Who has joined puts its view hash on each datagram, who has not leaves it out: that is how they
// are known.
// Limits: 64; a further one takes the place of the one added longest ago, so in a mass start all
// take their turn. Some may be gone by now.
#pragma once

#include "gossip/dissemination/recent_set.h"
#include "gossip/types.h"

namespace vf {

using ViewHolders = RecentSet<MemberKey, 64>;

}  // namespace vf
