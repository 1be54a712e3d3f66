#include "gossip/dissemination/direct_pushes.h"

#include <algorithm>
#include <iterator>

namespace vf {

void DirectPushes::Add(TimePoint now, MemberKey target, MemberKey subject, bool stubborn,
                       std::uint32_t seq) {
  const Key key{target, subject};
  if (const auto it = pushes_.find(key); it != pushes_.end()) Erase(it);
  pushes_[key] = {target, subject, stubborn, seq, 0, now};
  due_.insert({now, key});
}

std::vector<DirectPush> DirectPushes::TakeDue(TimePoint now, Duration rto) {
  std::vector<Key> keys;
  for (auto it = due_.begin(); it != due_.end() && it->first <= now; ++it) {
    keys.push_back(it->second);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<DirectPush> due;
  for (const Key& key : keys) {
    const auto it = pushes_.find(key);
    DirectPush& push = it->second;
    const bool quick = push.sends < config_.direct_retries;
    if (push.sends > config_.direct_retries && !push.stubborn) {
      Erase(it);
      continue;
    }
    due_.erase({push.next, key});
    ++push.sends;
    push.next = now + (quick ? config_.direct_retry : std::max(rto, config_.direct_retry));
    due_.insert({push.next, key});
    due.push_back(push);
  }
  return due;
}

void DirectPushes::Confirm(std::uint32_t seq, MemberKey from) {
  for (auto it = pushes_.lower_bound({from, kNoMember});
       it != pushes_.end() && it->first.first == from;) {
    it = it->second.seq == seq ? Erase(it) : std::next(it);
  }
}

void DirectPushes::DropTarget(MemberKey target) {
  for (auto it = pushes_.lower_bound({target, kNoMember});
       it != pushes_.end() && it->first.first == target;) {
    it = Erase(it);
  }
}

void DirectPushes::Clear() {
  pushes_.clear();
  due_.clear();
}

DirectPushes::Pushes::iterator DirectPushes::Erase(Pushes::iterator it) {
  due_.erase({it->second.next, it->first});
  return pushes_.erase(it);
}

void DirectPushes::DropSubject(MemberKey subject) {
  for (auto it = pushes_.begin(); it != pushes_.end();) {
    it = it->second.subject == subject ? Erase(it) : std::next(it);
  }
}

bool DirectPushes::Waits(MemberKey subject) const {
  return std::any_of(pushes_.begin(), pushes_.end(), [&](const auto& item) {
    return item.second.stubborn && item.second.subject == subject;
  });
}

}  // namespace vf
