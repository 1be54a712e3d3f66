// All members at one moment: an immutable list in the order of their keys.
//
// Lists of one table share what has not changed between them (member_pages.h), so one costs O(1)
// to copy and little to keep, and two can be compared without looking at all of their members.
//
// Threads: any. References live as long as any copy of the list.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <vector>

#include "gossip/member.h"
#include "gossip/members/member_pages.h"

namespace vf {

class MemberList {
 public:
  class Iterator;
  // By the numbers of slots.
  using Order = std::vector<std::uint32_t>;

  MemberList() = default;
  // Of the slots of a table. `order`: those in use, in the order of their keys.
  MemberList(SharedMemberPages pages, std::shared_ptr<const Order> order)
      : pages_(std::move(pages)), order_(std::move(order)) {}
  // Of members in any order, no two of one key.
  static MemberList Of(std::vector<Member> members);

  std::size_t size() const { return order_ == nullptr ? 0 : order_->size(); }
  bool empty() const { return size() == 0; }
  // In the order of keys.
  const Member& operator[](std::size_t position) const { return InSlot((*order_)[position]); }
  Iterator begin() const;
  Iterator end() const;
  // Null if it is not among them. O(log N).
  const Member* Find(MemberKey key) const;

  // `visit(const Member* was, const Member* is)` for each member that is another one than in
  // `before`, is new (`was` null) or is not there any more (`is` null); in no order that means
  // anything. O(changes), if both are lists of one table; else O(N log N).
  template <typename Visit>
  void ForEachChange(const MemberList& before, const Visit& visit) const;

 private:
  using Page = std::shared_ptr<const MemberPage>;

  const Member& InSlot(std::size_t slot) const {
    return (*pages_)[slot / MemberPage::kSlots]->slots[slot % MemberPage::kSlots].member;
  }
  // Its members in pages that `other` does not have.
  template <typename Visit>
  void ForEachNotIn(const MemberList& other, const Visit& visit) const;

  SharedMemberPages pages_;
  std::shared_ptr<const Order> order_;
};

class MemberList::Iterator {
 public:
  // NOLINTBEGIN(readability-identifier-naming): the standard's names.
  using iterator_category = std::random_access_iterator_tag;
  using value_type = Member;
  using difference_type = std::ptrdiff_t;
  using pointer = const Member*;
  using reference = const Member&;
  // NOLINTEND(readability-identifier-naming)

  Iterator() = default;
  reference operator*() const { return (*list_)[static_cast<std::size_t>(at_)]; }
  pointer operator->() const { return &**this; }
  reference operator[](difference_type n) const { return *(*this + n); }
  Iterator& operator++() { return *this += 1; }
  Iterator operator++(int) {
    Iterator before = *this;
    *this += 1;
    return before;
  }
  Iterator& operator--() { return *this -= 1; }
  Iterator operator--(int) {
    Iterator before = *this;
    *this -= 1;
    return before;
  }
  Iterator& operator+=(difference_type n) {
    at_ += n;
    return *this;
  }
  Iterator& operator-=(difference_type n) { return *this += -n; }
  friend Iterator operator+(Iterator a, difference_type n) { return a += n; }
  friend Iterator operator+(difference_type n, Iterator a) { return a += n; }
  friend Iterator operator-(Iterator a, difference_type n) { return a -= n; }
  friend difference_type operator-(const Iterator& a, const Iterator& b) { return a.at_ - b.at_; }
  // REQUIRES: of one list.
  friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }
  friend auto operator<=>(const Iterator& a, const Iterator& b) { return a.at_ <=> b.at_; }

 private:
  friend MemberList;
  Iterator(const MemberList* list, std::size_t at)
      : list_(list), at_(static_cast<difference_type>(at)) {}

  const MemberList* list_ = nullptr;
  difference_type at_ = 0;
};

inline MemberList::Iterator MemberList::begin() const { return {this, 0}; }
inline MemberList::Iterator MemberList::end() const { return {this, size()}; }

template <typename Visit>
void MemberList::ForEachNotIn(const MemberList& other, const Visit& visit) const {
  if (pages_ == nullptr || pages_ == other.pages_) return;
  for (std::size_t i = 0; i < pages_->size(); ++i) {
    const Page& page = (*pages_)[i];
    if (other.pages_ != nullptr && i < other.pages_->size() && page == (*other.pages_)[i]) continue;
    for (const MemberSlot& slot : page->slots) {
      if (slot.used) visit(slot.member);
    }
  }
}

template <typename Visit>
void MemberList::ForEachChange(const MemberList& before, const Visit& visit) const {
  ForEachNotIn(before, [&](const Member& is) {
    const Member* was = before.Find(is.record.key());
    if (was == nullptr || !(*was == is)) visit(was, &is);
  });
  before.ForEachNotIn(*this, [&](const Member& was) {
    if (Find(was.record.key()) == nullptr) visit(&was, static_cast<const Member*>(nullptr));
  });
}

}  // namespace vf
