// So much a second, and so much at once. Pure: the caller brings the time.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace vf {

class TokenBucket {
 public:
  // Full at first.
  TokenBucket(TimePoint now, int a_second, int burst)
      : a_second_(a_second), burst_(burst), tokens_(burst), at_(now) {}

  bool IsFull(TimePoint now) const { return TokensAt(now) >= burst_; }

  // Takes `wanted` of them; or none, and returns false, if fewer than `reserve` would be left.
  bool Take(TimePoint now, int wanted, int reserve = 0) {
    tokens_ = TokensAt(now);
    at_ = now;
    if (tokens_ < wanted + reserve) return false;
    tokens_ -= wanted;
    return true;
  }

 private:
  double TokensAt(TimePoint now) const {
    return std::min(tokens_ + ToSeconds(now - at_) * a_second_, static_cast<double>(burst_));
  }

  int a_second_;
  int burst_;
  double tokens_;
  TimePoint at_;
};

}  // namespace vf
