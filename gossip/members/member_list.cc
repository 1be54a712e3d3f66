#include "gossip/members/member_list.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace vf {

MemberList MemberList::Of(std::vector<Member> members) {
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.record.key() < b.record.key(); });
  MemberPages pages;
  for (const Member& member : members) {
    pages.AddSlot();
    MemberSlot& slot = pages.ChangeSlot(pages.slots() - 1);
    slot.member = member;
    slot.used = true;
  }
  auto order = std::make_shared<Order>(members.size());
  std::iota(order->begin(), order->end(), std::uint32_t{0});
  return {pages.SharePages(), std::move(order)};
}

const Member* MemberList::Find(MemberKey key) const {
  if (order_ == nullptr) return nullptr;
  const auto at = std::lower_bound(
      order_->begin(), order_->end(), key,
      [&](std::uint32_t slot, MemberKey wanted) { return InSlot(slot).record.key() < wanted; });
  if (at == order_->end() || InSlot(*at).record.key() != key) return nullptr;
  return &InSlot(*at);
}

}  // namespace vf
