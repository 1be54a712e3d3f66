#include "tools/cluster-sim/rivals/news_queue.h"

#include <algorithm>

namespace vf::sim {

bool NewsQueue::Item::operator<(const Item& other) const {
  if (taken != other.taken) return taken < other.taken;
  if (bytes != other.bytes) return bytes > other.bytes;
  return number > other.number;
}

void NewsQueue::Add(const RivalUpdate& update, std::size_t bytes) {
  const auto old = std::find_if(items_.begin(), items_.end(), [&update](const Item& item) {
    return item.update.subject == update.subject;
  });
  if (old != items_.end()) items_.erase(old);
  const Item added{0, bytes, added_++, update};
  items_.insert(std::lower_bound(items_.begin(), items_.end(), added), added);
  smallest_ = std::min(smallest_, bytes);
  peak_ = std::max(peak_, items_.size());
}

std::size_t NewsQueue::Take(std::size_t room, std::size_t overhead, int limit,
                            std::vector<RivalUpdate>& out) {
  std::size_t used = 0;
  auto left = items_.begin();  // those before it stay
  auto next = items_.begin();
  for (; next != items_.end() && used + overhead + smallest_ <= room; ++next) {
    if (used + overhead + next->bytes > room) {
      *left++ = *next;
      continue;
    }
    used += overhead + next->bytes;
    out.push_back(next->update);
    if (next->taken + 1 >= limit) continue;
    again_.push_back(*next);
    ++again_.back().taken;
  }
  items_.erase(left, next);
  for (const Item& item : again_) {
    items_.insert(std::lower_bound(items_.begin(), items_.end(), item), item);
  }
  again_.clear();
  return used;
}

}  // namespace vf::sim
