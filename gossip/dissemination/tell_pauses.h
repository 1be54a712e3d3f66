// Of whom somebody was told a moment ago: not again before the pause is over.
//
// Limits: what it keeps are the subjects of about one pause.
#pragma once

#include <map>

#include "base/time.h"
#include "gossip/member.h"

namespace vf {

class TellPauses {
 public:
  static constexpr Duration kPause = milliseconds(100);

  // True at most once a pause for each subject.
  bool Take(TimePoint now, MemberKey subject) {
    if (now >= clean_at_) {
      std::erase_if(told_, [&](const auto& told) { return told.second + kPause <= now; });
      clean_at_ = now + kPause;
    }
    const auto [told, is_new] = told_.try_emplace(subject, now);
    if (!is_new && now < told->second + kPause) return false;
    told->second = now;
    return true;
  }

 private:
  std::map<MemberKey, TimePoint> told_;
  TimePoint clean_at_ = TimePoint::min();
};

}  // namespace vf
