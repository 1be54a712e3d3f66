#include "gossip/detector/isolation.h"

#include <algorithm>
#include <utility>

namespace vf {

bool Isolation::OnProbe(TimePoint now, bool answered) {
  if (isolated_) {
    answers_in_a_row_ = answered ? answers_in_a_row_ + 1 : 0;
    if (answers_in_a_row_ < kAnswersToEnd) return false;
    isolated_ = false;
    return true;
  }
  while (ended_.size() >= kFewestProbes && ended_.front().at + window_ < now) ended_.pop_front();
  if (ended_.empty()) watched_since_ = now;
  ended_.push_back({now, answered});
  if (now < watched_since_ + window_ || ended_.size() < kFewestProbes) return false;
  const auto answers = static_cast<std::size_t>(
      std::count_if(ended_.begin(), ended_.end(), [](const Ended& e) { return e.answered; }));
  if (2 * answers >= ended_.size()) return false;
  Begin();
  return true;
}

bool Isolation::OnNobodyLeft() {
  ended_.clear();
  return std::exchange(isolated_, false);
}

void Isolation::Begin() {
  isolated_ = true;
  answers_in_a_row_ = 0;
  ended_.clear();
}

}  // namespace vf
