#include "gossip/members/remembered_members.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace vf {

void RememberedMembers::Begin(TimePoint now, std::vector<Item> items, bool wait) {
  items_.clear();
  round_.clear();
  next_ = 0;
  std::sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return std::tuple(b.last_seen, a.record.key()) < std::tuple(a.last_seen, b.record.key());
  });
  for (Item& item : items) {
    const MemberKey key = item.record.key();
    if (items_.try_emplace(key, std::move(item)).second) round_.push_back(key);
  }
  due_ = items_.empty() ? kNever : now;
  patience_until_ = now;
  if (wait) patience_until_ += kPatience + items_.size() * Duration(seconds(1)) / kPingsASecond;
}

const RememberedMembers::Item* RememberedMembers::Find(MemberKey key) const {
  const auto it = items_.find(key);
  return it == items_.end() ? nullptr : &it->second;
}

void RememberedMembers::CountAnew() {
  for (auto& item : items_) item.second.pings = 0;
}

std::vector<MemberKey> RememberedMembers::TakeDue(TimePoint now) {
  if (due_ > now) return {};
  constexpr auto kBurst = static_cast<std::size_t>(kPingsASecond * kPace / seconds(1));
  if (next_ == round_.size()) {
    round_.clear();
    next_ = 0;
    for (const auto& item : items_) round_.push_back(item.first);
  }
  std::vector<MemberKey> keys;
  while (next_ < round_.size() && keys.size() < kBurst) {
    const MemberKey key = round_[next_++];
    if (items_.contains(key)) keys.push_back(key);
  }
  due_ = now + (next_ < round_.size() ? kPace : kRoundPause);
  if (items_.empty()) due_ = kNever;
  return keys;
}

void RememberedMembers::SetPinged(MemberKey key, std::uint32_t seq) {
  const auto it = items_.find(key);
  if (it == items_.end()) return;
  ++it->second.pings;
  it->second.seq = seq;
}

std::optional<RememberedMembers::Item> RememberedMembers::TakeAnswer(std::uint32_t seq,
                                                                     MemberKey from) {
  const auto it = items_.find(from);
  if (it == items_.end() || it->second.pings == 0 || it->second.seq != seq) return std::nullopt;
  Item item = std::move(it->second);
  items_.erase(it);
  return item;
}

bool RememberedMembers::MayAsk(TimePoint now) {
  if (now < ask_at_) return false;
  ask_at_ = now + kAskPause;
  return true;
}

TimePoint RememberedMembers::NextDeadline() const { return std::min(due_, patience_until_); }

}  // namespace vf
