#include "gossip/detector/own_reach.h"

#include <algorithm>

namespace vf {

bool OwnReach::OnAsked() {
  answers_ = 0;
  suspicions_ = 0;
  return Update();
}

bool OwnReach::OnProbeAnswered() {
  answers_ = std::min(answers_ + 1, kAnswers);
  return Update();
}

bool OwnReach::OnSuspected() {
  suspicions_ = std::min(suspicions_ + 1, kSuspicions);
  return Update();
}

bool OwnReach::Update() {
  const bool before = unreached_;
  unreached_ = suspicions_ >= kSuspicions && answers_ >= kAnswers;
  return unreached_ != before;
}

}  // namespace vf
