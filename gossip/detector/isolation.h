// Whether this process hears anybody at all.
//
// One that is cut off finds everybody silent and would condemn them all. When fewer than half of
// its random probes have brought any answer, be it a relay's no, for kIntervals probe intervals (5
// s in the lan profile), it takes itself for the one that is cut off, until answers are back. Only
// random probes of members believed alive count: they are a fair sample, and once the accused are
// out of it, the survivors of a disaster find each other answering.
//
// The last two of a cluster must be able to find each other dead: with nobody alive left to probe,
// nobody is isolated.
//
// Thread: none of its own.
#pragma once

#include <cstddef>
#include <deque>

#include "base/time.h"
#include "gossip/config.h"

namespace vf {

class Isolation {
 public:
  static constexpr int kIntervals = 20;

  // `config` outlives it.
  explicit Isolation(const SwimConfig& config) : window_(kIntervals * config.probe_interval) {}

  bool isolated() const { return isolated_; }
  // A random probe of a member that was believed alive has ended. True: isolated() changed.
  bool OnProbe(TimePoint now, bool answered);
  // Nobody alive is left to probe. True: isolated() changed.
  bool OnNobodyLeft();

 private:
  // Of fewer probes nothing can be told. As many count however long ago they were: who hears nobody
  // probes seldom, and ever fewer of those whom it has not accused yet.
  static constexpr std::size_t kFewestProbes = 3;
  // So many answers in a row end it: one may have slipped through a link that loses most.
  static constexpr int kAnswersToEnd = 2;

  struct Ended {
    TimePoint at;
    bool answered;
  };
  void Begin();

  const Duration window_;
  bool isolated_ = false;
  int answers_in_a_row_ = 0;  // while isolated
  std::deque<Ended> ended_;   // within the window, or the last few; while not isolated
  TimePoint watched_since_;   // since they were none
};

}  // namespace vf
