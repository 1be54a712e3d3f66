#include "gossip/dissemination/view_holders.h"

#include <algorithm>

namespace vf {

void ViewHolders::OnHeard(TimePoint now, MemberKey member) {
  auto place = std::find_if(holders_.begin(), holders_.end(),
                            [&](const Holder& holder) { return holder.member == member; });
  if (place == holders_.end() && holders_.size() < kLimit) {
    holders_.push_back({member, now});
    return;
  }
  if (place == holders_.end()) {
    place =
        std::min_element(holders_.begin(), holders_.end(),
                         [](const Holder& a, const Holder& b) { return a.heard_at < b.heard_at; });
  }
  *place = {member, now};
}

bool ViewHolders::Contains(MemberKey member) const {
  return std::any_of(holders_.begin(), holders_.end(),
                     [&](const Holder& holder) { return holder.member == member; });
}

}  // namespace vf
