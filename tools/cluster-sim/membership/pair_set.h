// Pairs (observer, subject) of hosts: who believes something of whom. A bit for each host in the
// row of each observer that ever was in a pair.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/cluster-sim/network/network.h"

namespace vf::sim {

class PairSet {
 public:
  bool Has(HostNumber observer, HostNumber subject) const {
    return observer < rows_.size() && subject < rows_[observer].size() && rows_[observer][subject];
  }
  void Set(HostNumber observer, HostNumber subject, bool in) {
    if (Has(observer, subject) == in) return;
    if (observer >= rows_.size()) rows_.resize(observer + 1);
    std::vector<bool>& row = rows_[observer];
    if (subject >= row.size()) row.resize(subject + 1);
    row[subject] = in;
    count_ += in ? 1 : static_cast<std::size_t>(-1);
  }
  std::size_t size() const { return count_; }

 private:
  std::vector<std::vector<bool>> rows_;
  std::size_t count_ = 0;
};

}  // namespace vf::sim
