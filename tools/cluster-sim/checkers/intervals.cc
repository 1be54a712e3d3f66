#include "tools/cluster-sim/checkers/intervals.h"

#include <algorithm>

namespace vf::sim {

void Intervals::Add(SimTime from, SimTime to) { intervals_.push_back({from, to}); }

void Intervals::Seal() {
  std::sort(intervals_.begin(), intervals_.end(),
            [](const Interval& a, const Interval& b) { return a.from < b.from; });
  std::vector<Interval> joined;
  for (const Interval& interval : intervals_) {
    if (!joined.empty() && interval.from <= joined.back().to) {
      joined.back().to = std::max(joined.back().to, interval.to);
    } else {
      joined.push_back(interval);
    }
  }
  intervals_ = std::move(joined);
}

std::vector<Intervals::Interval>::const_iterator Intervals::FirstEndingFrom(SimTime at) const {
  return std::lower_bound(
      intervals_.begin(), intervals_.end(), at,
      [](const Interval& interval, SimTime when) { return interval.to < when; });
}

bool Intervals::Touches(SimTime from, SimTime to) const {
  const auto found = FirstEndingFrom(from);
  return found != intervals_.end() && found->from <= to;
}

SimTime Intervals::EndOfTouched(SimTime from, SimTime to) const {
  SimTime end = to;
  for (auto it = FirstEndingFrom(from); it != intervals_.end() && it->from <= to; ++it) {
    end = std::max(end, it->to);
  }
  return end;
}

SimTime Later(SimTime a, SimTime b) { return a > kNotYet - b ? kNotYet : a + b; }

}  // namespace vf::sim
