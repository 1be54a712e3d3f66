// Pairs (observer, subject) of hosts: who believes something of whom. A bit for each observer in
// the row of each subject that ever was in a pair: what one is accused of, all hear.
#pragma once

#include <cstddef>
#include <vector>

#include "tools/cluster-sim/network/network.h"

namespace vf::sim {

class PairSet {
 public:
  bool Has(HostNumber observer, HostNumber subject) const {
    return subject < rows_.size() && observer < rows_[subject].size() && rows_[subject][observer];
  }
  void Set(HostNumber observer, HostNumber subject, bool in) {
    if (Has(observer, subject) == in) return;
    if (subject >= rows_.size()) rows_.resize(subject + 1);
    std::vector<bool>& row = rows_[subject];
    if (observer >= row.size()) row.resize(observer + 1);
    row[observer] = in;
    count_ += in ? 1 : static_cast<std::size_t>(-1);
  }
  std::size_t size() const { return count_; }

 private:
  std::vector<std::vector<bool>> rows_;
  std::size_t count_ = 0;
};

}  // namespace vf::sim
