// How often healthy members let struck ones in again, whom they had for suspect or dead.
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

  // Of others than these: ignored.
  void OnBelief(HostNumber observer, HostNumber subject, MemberBelief before, MemberBelief after);

  // Of each pair.
  const std::vector<std::uint32_t>& counts() const { return counts_; }
  // Pairs in which the struck one is suspect or dead at the moment.
  std::size_t out() const { return out_; }

 private:
  std::vector<HostNumber> observers_;
  std::vector<HostNumber> struck_;
  std::vector<std::uint32_t> counts_;
  std::size_t out_ = 0;
};

}  // namespace vf::sim
