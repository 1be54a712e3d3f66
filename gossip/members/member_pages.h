// Rows of members in pages that a table and those who read it share.
//
// A reader gets all pages as they are now; the table changes a page that a reader may have in a
// copy of its own. So a version for readers costs one pointer a page, what changes between two
// versions one page each, and versions share what is equal.
//
// Thread: one owner. What SharePages() returns is immutable and belongs to anybody.
// Limits: a page is copied at most once for each version that was handed out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "gossip/members/member_slot.h"

namespace vf {

struct MemberPage {
  static constexpr std::size_t kSlots = 32;
  std::array<MemberSlot, kSlots> slots;
};
using SharedMemberPages = std::shared_ptr<const std::vector<std::shared_ptr<const MemberPage>>>;

class MemberPages {
 public:
  MemberPages() = default;
  MemberPages(MemberPages&&) noexcept = default;
  MemberPages& operator=(MemberPages&&) noexcept = default;

  std::size_t slots() const { return slots_; }
  const MemberSlot& slot(std::size_t number) const {
    return pages_[number / MemberPage::kSlots]->slots[number % MemberPage::kSlots];
  }
  // References to this slot and its neighbours end here.
  MemberSlot& ChangeSlot(std::size_t number);
  // An unused one at the end.
  void AddSlot();

  SharedMemberPages SharePages() const;

 private:
  MemberPage& Own(std::size_t page);

  std::size_t slots_ = 0;
  std::vector<std::shared_ptr<MemberPage>> pages_;
  // Which pages somebody else may have, too; and the last version, until a page changes.
  mutable std::vector<bool> shared_;
  mutable SharedMemberPages version_;
};

}  // namespace vf
