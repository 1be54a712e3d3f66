// Which holders of a partition a copy, or a read of copies that are not in sync, may do without.
#pragma once

#include <cstddef>

#include "node/placement/cluster_view.h"

namespace vf {

// Every acknowledged write is on min_acks of the holders, so min_acks - 1 of them may be absent.
// Those whose copies are lost count as absent while others are that may come back: of two holders
// of a write, one restarted without its data and one stopped, the stopped one has it alone, and is
// to be waited for. When nobody is left to wait for, there is nothing to be lost any more.
// docs/decisions/0012 says why.
class AbsentHolders {
 public:
  // So many that were not asked, or did not answer.
  void Count(CopyFate fate, std::size_t holders = 1) {
    if (fate == CopyFate::kMayReturn) missing_ += static_cast<int>(holders);
    if (fate == CopyFate::kLost) lost_ += static_cast<int>(holders);
  }

  bool MayBeDoneWithout(int min_acks) const {
    return missing_ == 0 || missing_ + lost_ <= min_acks - 1;
  }

 private:
  int missing_ = 0;
  int lost_ = 0;
};

}  // namespace vf
