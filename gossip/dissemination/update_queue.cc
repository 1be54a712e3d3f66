#include "gossip/dissemination/update_queue.h"

#include <absl/hash/hash.h>

#include <tuple>
#include <utility>

namespace vf {
namespace {

// An empty queue that has held more gives back its memory.
constexpr std::size_t kFew = 64;

std::size_t HashOf(MemberKey key) { return absl::Hash<MemberKey>()(key); }

}  // namespace

bool UpdateQueue::Before::operator()(std::uint32_t a, std::uint32_t b) const {
  const auto rank = [this](std::uint32_t number) {
    const Item& item = (*items)[number];
    return std::tuple(item.sends, item.update.urgency, item.age);
  };
  return rank(a) < rank(b);
}

std::uint32_t UpdateQueue::NumberOf(MemberKey subject) const {
  return by_subject_.Find(HashOf(subject), [&](std::uint32_t number) {
    return items_[number].update.subject == subject;
  });
}

void UpdateQueue::Drop(std::uint32_t number) {
  if (items_[number].update.idle) --idle_;
  by_subject_.Erase(HashOf(items_[number].update.subject), number,
                    [this](std::uint32_t n) { return HashOf(items_[n].update.subject); });
  items_[number] = {};
  free_.push_back(number);
  if (order_.empty() && items_.size() > kFew) Clear();
}

void UpdateQueue::Put(QueuedUpdate update) {
  Remove(update.subject);
  std::uint32_t number = 0;
  if (free_.empty()) {
    number = static_cast<std::uint32_t>(items_.size());
    items_.emplace_back();
  } else {
    number = free_.back();
    free_.pop_back();
  }
  if (update.idle) ++idle_;
  items_[number] = {std::move(update), next_age_--, 0};
  by_subject_.Insert(HashOf(items_[number].update.subject), number,
                     [this](std::uint32_t n) { return HashOf(items_[n].update.subject); });
  order_.insert(number);
}

void UpdateQueue::Remove(MemberKey subject) {
  const std::uint32_t number = NumberOf(subject);
  if (number == kNoSlot) return;
  order_.erase(number);
  Drop(number);
}

void UpdateQueue::Clear() {
  order_.clear();
  by_subject_ = SlotIndex();
  std::vector<Item>().swap(items_);
  std::vector<std::uint32_t>().swap(free_);
  idle_ = 0;
}

void UpdateQueue::Offer(int max_sends, const std::function<Answer(const QueuedUpdate&)>& take) {
  std::vector<std::uint32_t> sent;
  for (const std::uint32_t number : order_) {
    const Answer answer = take(items_[number].update);
    if (answer == Answer::kStop) break;
    if (answer == Answer::kTaken) sent.push_back(number);
  }
  for (const std::uint32_t number : sent) {
    order_.erase(number);
    if (++items_[number].sends >= max_sends) {
      Drop(number);
    } else {
      order_.insert(number);
    }
  }
}

const QueuedUpdate* UpdateQueue::Find(MemberKey subject) const {
  const std::uint32_t number = NumberOf(subject);
  return number == kNoSlot ? nullptr : &items_[number].update;
}

}  // namespace vf
