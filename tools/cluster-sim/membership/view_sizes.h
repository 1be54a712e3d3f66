// How many members each member believed in, over time: which different numbers there were.
//
// Source of the measure: Rapid (Suresh et al., USENIX ATC 2018) counts the cluster sizes that its
// processes report.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/cluster-sim/membership/measured_cluster.h"

namespace vf::sim {

class ViewSizes {
 public:
  // In how many members, itself included, each host believes at first, by host.
  explicit ViewSizes(std::vector<std::size_t> sizes);

  // A newcomer, which believes in nobody else yet. Its size counts from when it changes.
  void Add() { sizes_.push_back(1); }
  // `counts`: whether the size that the observer comes to is one to note.
  void OnBelief(HostNumber observer, MemberBelief before, MemberBelief after, bool counts);

  std::size_t different() const { return different_; }

 private:
  void Note(std::size_t size);

  std::vector<std::size_t> sizes_;  // by observer
  std::vector<bool> seen_;          // by size
  std::size_t different_ = 0;
};

}  // namespace vf::sim
