#include "gossip/dissemination/update_queue.h"

#include <utility>

namespace vf {

void UpdateQueue::Put(QueuedUpdate update) {
  Remove(update.subject);
  const MemberKey subject = update.subject;
  const Rank rank{0, update.urgency, next_age_--, subject};
  order_.insert(rank);
  items_[subject] = {rank, std::move(update)};
}

void UpdateQueue::Remove(MemberKey subject) {
  const auto it = items_.find(subject);
  if (it == items_.end()) return;
  order_.erase(it->second.rank);
  items_.erase(it);
}

void UpdateQueue::Clear() {
  order_.clear();
  items_.clear();
}

void UpdateQueue::Offer(int max_sends, const std::function<Answer(const QueuedUpdate&)>& take) {
  std::vector<MemberKey> sent;
  for (const Rank& rank : order_) {
    const Answer answer = take(items_.at(rank.subject).update);
    if (answer == Answer::kStop) break;
    if (answer == Answer::kTaken) sent.push_back(rank.subject);
  }
  for (const MemberKey subject : sent) {
    Item& item = items_.at(subject);
    order_.erase(item.rank);
    ++item.rank.sends;
    if (item.rank.sends >= max_sends) {
      items_.erase(subject);
    } else {
      order_.insert(item.rank);
    }
  }
}

const QueuedUpdate* UpdateQueue::Find(MemberKey subject) const {
  const auto it = items_.find(subject);
  return it == items_.end() ? nullptr : &it->second.update;
}

}  // namespace vf
