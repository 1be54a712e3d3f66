#include "gossip/dissemination/newcomer_batches.h"

#include <algorithm>
#include <utility>

namespace vf {

bool NewcomerBatches::IsBusy() const {
  return std::max(joins_this_second_, joins_last_second_) > config_.join_busy_rate;
}

void NewcomerBatches::CountJoin(TimePoint now) {
  if (now >= second_began_ + seconds(1)) {
    joins_last_second_ = now < second_began_ + seconds(2) ? joins_this_second_ : 0;
    joins_this_second_ = 0;
    second_began_ = now;
  }
  ++joins_this_second_;
}

void NewcomerBatches::Add(TimePoint now, MemberKey newcomer) {
  CountJoin(now);
  waiting_.push_back(newcomer);
  if (due_ != kNever) return;
  due_ = std::max(now + config_.push_window,
                  last_batch_ + (IsBusy() ? config_.join_window_busy : config_.join_window));
}

std::vector<MemberKey> NewcomerBatches::TakeDue(TimePoint now) {
  if (due_ > now) return {};
  due_ = kNever;
  last_batch_ = now;
  return std::exchange(waiting_, {});
}

void NewcomerBatches::Clear() {
  waiting_.clear();
  due_ = kNever;
}

}  // namespace vf
