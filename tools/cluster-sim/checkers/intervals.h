// A set of moments, as intervals that do not touch each other.
#pragma once

#include <vector>

#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

// Add all, Seal() once, then ask. Both ends belong to an interval. A question costs O(log n).
class Intervals {
 public:
  void Add(SimTime from, SimTime to);
  // Sorts and joins.
  void Seal();

  // Whether some moment of [from, to] is in the set.
  bool Touches(SimTime from, SimTime to) const;
  // `to`, or the end of the last interval that touches [from, to] if that is later.
  SimTime EndOfTouched(SimTime from, SimTime to) const;

 private:
  struct Interval {
    SimTime from;
    SimTime to;
  };
  // The first interval that ends at `at` or later.
  std::vector<Interval>::const_iterator FirstEndingFrom(SimTime at) const;

  std::vector<Interval> intervals_;
};

// `a + b` for b >= 0, kNotYet if that is later than any moment.
SimTime Later(SimTime a, SimTime b);

}  // namespace vf::sim
