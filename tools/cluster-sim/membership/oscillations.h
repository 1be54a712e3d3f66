// How often healthy members let struck ones in again, whom they kept out of the way: had for
// suspect or dead, or avoided as degraded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tools/cluster-sim/membership/measured_cluster.h"

namespace vf::sim {

class Oscillations {
 public:
  // Both sorted and without each other.
  Oscillations(std::vector<HostNumber> observers, std::vector<HostNumber> struck);

  // Of others than these: ignored, as by the next.
  void OnBelief(HostNumber observer, HostNumber subject, MemberBelief after);
  void OnDegraded(HostNumber observer, HostNumber subject, bool degraded);

  // Of each pair.
  const std::vector<std::uint32_t>& counts() const { return counts_; }
  // Pairs in which the struck one is out at the moment.
  std::size_t out() const { return out_; }

 private:
  struct Reasons {
    bool belief = false;
    bool degraded = false;
    bool out() const { return belief || degraded; }
  };
  // counts_.size(): no such pair.
  std::size_t PlaceOf(HostNumber observer, HostNumber subject) const;
  void Set(std::size_t place, Reasons reasons);

  std::vector<HostNumber> observers_;
  std::vector<HostNumber> struck_;
  std::vector<Reasons> reasons_;  // of each pair, as the next
  std::vector<std::uint32_t> counts_;
  std::size_t out_ = 0;
};

}  // namespace vf::sim
