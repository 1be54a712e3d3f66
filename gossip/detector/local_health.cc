#include "gossip/detector/local_health.h"

#include <algorithm>

namespace vf {

void LocalHealth::Add(int points) { score_ = std::clamp(score_ + points, 0, kWorst); }

void LocalHealth::OnLag(TimePoint now, Duration lag, Duration rto) {
  if (lag <= rto || now - lag < lag_ended_) return;
  lag_ended_ = now;
  Add(lag > 4 * rto ? 2 : 1);
}

}  // namespace vf
