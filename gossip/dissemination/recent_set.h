// Which items were added last: for what is to be done once, where nobody says when it is over.
//
// Limits: at most `kLimit` items; a further one makes the set forget the one added longest ago.
#pragma once

#include <cstddef>
#include <set>
#include <vector>

namespace vf {

template <typename Item, std::size_t kLimit>
class RecentSet {
 public:
  bool Contains(const Item& item) const { return items_.contains(item); }
  // False if it is there already.
  bool Add(const Item& item) {
    if (!items_.insert(item).second) return false;
    if (order_.size() < kLimit) {
      order_.push_back(item);
      return true;
    }
    items_.erase(order_[oldest_]);
    order_[oldest_] = item;
    oldest_ = (oldest_ + 1) % kLimit;
    return true;
  }
  // In no order that matters, but the same one in each run.
  const std::vector<Item>& items() const { return order_; }
  void Clear() { *this = RecentSet(); }

 private:
  std::set<Item> items_;
  std::vector<Item> order_;  // a ring, once it is full
  std::size_t oldest_ = 0;
};

}  // namespace vf
