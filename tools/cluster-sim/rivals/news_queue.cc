#include "tools/cluster-sim/rivals/news_queue.h"

#include <algorithm>
#include <utility>

namespace vf::sim {

bool NewsQueue::Item::operator<(const Item& other) const {
  if (taken != other.taken) return taken < other.taken;
  if (bytes != other.bytes) return bytes > other.bytes;
  return number > other.number;
}

void NewsQueue::Add(const RivalUpdate& update, std::size_t bytes) {
  const auto old = by_subject_.find(update.subject);
  if (old != by_subject_.end()) items_.erase(old->second);
  const auto added = items_.insert({0, bytes, added_++, update}).first;
  by_subject_[update.subject] = added;
  smallest_ = std::min(smallest_, bytes);
}

std::size_t NewsQueue::Take(std::size_t room, std::size_t overhead, int limit,
                            std::vector<RivalUpdate>& out) {
  std::size_t used = 0;
  std::vector<Items::node_type> again;
  for (auto next = items_.begin(); next != items_.end();) {
    if (used + overhead + smallest_ > room) break;
    const auto item = next++;
    if (used + overhead + item->bytes > room) continue;
    used += overhead + item->bytes;
    out.push_back(item->update);
    if (item->taken + 1 >= limit) {
      by_subject_.erase(item->update.subject);
      items_.erase(item);
      continue;
    }
    again.push_back(items_.extract(item));
    ++again.back().value().taken;
  }
  for (Items::node_type& node : again) {
    const HostNumber subject = node.value().update.subject;
    by_subject_[subject] = items_.insert(std::move(node)).position;
  }
  return used;
}

}  // namespace vf::sim
