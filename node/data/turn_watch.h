// Tells when a loop stands still that should turn: a data thread which hangs in a call, or waits
// for a disk, while the gossip thread of its process answers.
//
// A watched loop counts its turns, of which it has one every kTurnEvery whether or not there is
// work. The watcher looks every kLookEvery. Looks are counted and not time: if the whole process
// was paused, the watcher was too, and blames nobody for that.
//
// Thread: that of the watcher; the counts come from atomics of the loops.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"

namespace vf {

class TurnWatch {
 public:
  static constexpr Duration kTurnEvery = milliseconds(250);
  static constexpr Duration kLookEvery = milliseconds(250);
  // Looks in a row that find the same count: no turn for a second.
  static constexpr int kLooksUntilStuck = 4;

  // `turns`: of each loop, always in the same order. True if any stands still.
  bool Look(const std::vector<std::uint64_t>& turns) {
    loops_.resize(turns.size());
    bool stuck = false;
    for (std::size_t i = 0; i < turns.size(); ++i) {
      Loop& loop = loops_[i];
      loop.looks = loop.seen && loop.turns == turns[i] ? loop.looks + 1 : 0;
      loop.seen = true;
      loop.turns = turns[i];
      stuck = stuck || loop.looks >= kLooksUntilStuck;
    }
    return stuck;
  }

 private:
  struct Loop {
    bool seen = false;
    std::uint64_t turns = 0;
    int looks = 0;  // since the count last changed
  };
  std::vector<Loop> loops_;
};

}  // namespace vf
