#include "gossip/dissemination/waiting_askers.h"

#include <algorithm>

namespace vf {

bool WaitingAskers::Add(TimePoint now, const Question& question) {
  const TimePoint until = now + config_.exchange_retry;
  const auto known = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
    return waiting.question.from == question.from &&
           waiting.question.first_bucket == question.first_bucket;
  });
  if (known != waiting_.end()) {
    known->until = until;
    return true;
  }
  if (waiting_.size() >= kLimit) {
    std::erase_if(waiting_, [now](const Waiting& waiting) { return waiting.until < now; });
  }
  if (waiting_.size() >= kLimit) return false;
  waiting_.push_back({question, until});
  return true;
}

std::optional<WaitingAskers::Question> WaitingAskers::TakeNext(TimePoint now) {
  while (!waiting_.empty()) {
    const Waiting next = waiting_.front();
    waiting_.pop_front();
    if (now <= next.until) return next.question;
  }
  return std::nullopt;
}

}  // namespace vf
