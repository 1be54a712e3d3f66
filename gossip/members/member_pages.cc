#include "gossip/members/member_pages.h"

namespace vf {

MemberPage& MemberPages::Own(std::size_t page) {
  version_.reset();
  if (shared_[page]) {
    pages_[page] = std::make_shared<MemberPage>(*pages_[page]);
    shared_[page] = false;
  }
  return *pages_[page];
}

MemberSlot& MemberPages::ChangeSlot(std::size_t number) {
  return Own(number / MemberPage::kSlots).slots[number % MemberPage::kSlots];
}

void MemberPages::AddSlot() {
  // The slots of a page that are not in use yet are as good as new: readers do not look at them.
  if (slots_ % MemberPage::kSlots == 0) {
    pages_.push_back(std::make_shared<MemberPage>());
    shared_.push_back(false);
    version_.reset();
  }
  ++slots_;
}

SharedMemberPages MemberPages::SharePages() const {
  if (version_ == nullptr) {
    version_ = std::make_shared<const std::vector<std::shared_ptr<const MemberPage>>>(
        pages_.begin(), pages_.end());
    shared_.assign(pages_.size(), true);
  }
  return version_;
}

}  // namespace vf
