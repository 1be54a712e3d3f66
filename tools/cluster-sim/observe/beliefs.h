// What every process believes of every other, as changes.
#pragma once

#include <cstdint>
#include <vector>

#include "gossip/types.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/process/cluster.h"

namespace vf::sim {

// Thread: none of its own; one run.
class Beliefs {
 public:
  // `observer` has published this. What it says of itself is left out.
  void OnMembership(SimTime at, ProcessNumber observer, const MembershipSnapshot& membership,
                    const Cluster& cluster);
  // It believes nothing any more.
  void Forget(ProcessNumber observer);

  std::vector<Belief> Take() { return std::move(changes_); }

 private:
  std::vector<std::vector<BelievedState>> states_;  // by observer, by subject
  std::vector<BelievedState> next_;                 // reused
  std::vector<Belief> changes_;
};

}  // namespace vf::sim
