// From when on a read of a key may find nothing.
#pragma once

#include <vector>

#include "tools/cluster-sim/checkers/evidence.h"
#include "tools/cluster-sim/checkers/newest_acked.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {

// The deletions of one key, acknowledged or of unknown outcome, and its writes with an expiry. A
// deletion of unknown outcome may have any version up to the clocks' at its end.
class Absences {
 public:
  Absences(const Evidence& evidence, const KeyEvents& events);

  // Whether at `at` one of them may be above `record`.
  bool MayHide(const SeenView& record, SimTime at) const { return hide_.Reach(record, at); }
  // The same, and its tombstone so old that digests may leave it out: who copies the key then never
  // gets it.
  bool MayBeForgotten(const SeenView& record, SimTime at) const {
    return forgotten_.Reach(record, at);
  }
  // The same, and held for so long that a copy may have let go of it.
  bool MayBeCollected(const SeenView& record, SimTime at) const {
    return collected_.Reach(record, at);
  }

 private:
  // Which tombstone may be the greatest of those that count, from when on.
  class Course {
   public:
    void Add(SimTime from, const SeenView& tombstone) { steps_.push_back({from, tombstone}); }
    // After the last Add().
    void Sort();
    bool Reach(const SeenView& record, SimTime at) const;

   private:
    struct Step {
      SimTime from;
      SeenView greatest;
    };
    std::vector<Step> steps_;
  };

  Course hide_;
  Course forgotten_;
  Course collected_;
};

}  // namespace vf::sim
