#include "gossip/dissemination/view_difference.h"

#include <utility>

namespace vf {

void ViewDifference::OnDifference(TimePoint now, MemberKey member, std::size_t members,
                                  const Own& own) {
  // It knows somebody whom we do not: no news of ours will explain that.
  const bool lacking = members > own.members && own.news <= kMuchNews;
  if (member_ != kNoMember && (lacking_ || !lacking)) return;
  member_ = member;
  own_hash_ = own.view_hash;
  since_ = now;
  lacking_ = lacking;
  const int haste = IsAfterRush(own) ? kRushHaste : lacking ? kLackingHaste : 1;
  check_at_ = now + config_.view_may_differ / haste;
}

void ViewDifference::OnAgreement(MemberKey member) {
  if (member_ == member) Clear();
}

void ViewDifference::Forget(MemberKey member) {
  if (member_ == member) member_ = kNoMember;
}

void ViewDifference::Clear() {
  member_ = kNoMember;
  check_at_ = kNever;
}

MemberKey ViewDifference::TakeDue(TimePoint now, const Own& own) {
  if (check_at_ > now) return kNoMember;
  check_at_ = kNever;
  const bool told_soon = own.rush || (own.news > 0 && !lacking_ && !IsAfterRush(own));
  if (told_soon && now < since_ + kPatience * config_.view_may_differ) {
    check_at_ = now + config_.repair_interval;
    return kNoMember;
  }
  const MemberKey member = std::exchange(member_, kNoMember);
  // That another one had another view than we had then says little by now. But for ever neither.
  if (own_hash_ != own.view_hash && !IsAfterRush(own) && ++stale_ < kPatience) return kNoMember;
  stale_ = 0;
  return member;
}

}  // namespace vf
