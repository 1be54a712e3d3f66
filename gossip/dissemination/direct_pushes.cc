#include "gossip/dissemination/direct_pushes.h"

#include <algorithm>

namespace vf {

void DirectPushes::Add(TimePoint now, MemberKey target, MemberKey subject, bool stubborn,
                       std::uint32_t seq) {
  pushes_[{target, subject}] = {target, subject, stubborn, seq, 0, now};
}

std::vector<DirectPush> DirectPushes::TakeDue(TimePoint now, Duration rto) {
  std::vector<DirectPush> due;
  for (auto it = pushes_.begin(); it != pushes_.end();) {
    DirectPush& push = it->second;
    if (push.next > now) {
      ++it;
      continue;
    }
    const bool quick = push.sends < config_.direct_retries;
    if (push.sends > config_.direct_retries && !push.stubborn) {
      it = pushes_.erase(it);
      continue;
    }
    ++push.sends;
    push.next = now + (quick ? config_.direct_retry : std::max(rto, config_.direct_retry));
    due.push_back(push);
    ++it;
  }
  return due;
}

void DirectPushes::Confirm(std::uint32_t seq, MemberKey from) {
  std::erase_if(pushes_, [&](const auto& item) {
    return item.second.seq == seq && item.second.target == from;
  });
}

void DirectPushes::DropTarget(MemberKey target) {
  std::erase_if(pushes_, [&](const auto& item) { return item.second.target == target; });
}

bool DirectPushes::Waits(MemberKey subject) const {
  return std::any_of(pushes_.begin(), pushes_.end(), [&](const auto& item) {
    return item.second.stubborn && item.second.subject == subject;
  });
}

TimePoint DirectPushes::NextDeadline() const {
  TimePoint next = kNever;
  for (const auto& item : pushes_) next = std::min(next, item.second.next);
  return next;
}

}  // namespace vf
