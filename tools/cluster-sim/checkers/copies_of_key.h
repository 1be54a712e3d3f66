// The samples of one key by process.
#pragma once

#include <map>
#include <vector>

#include "tools/cluster-sim/checkers/evidence.h"

namespace vf::sim {

class CopiesOfKey {
 public:
  CopiesOfKey(const Evidence& evidence, const KeyEvents& events);

  // In the order of time.
  const std::map<ProcessNumber, std::vector<const CopySample*>>& all() const { return copies_; }
  // The last one at or before, and the first one at or after a moment; null if there is none.
  const CopySample* LastUntil(ProcessNumber process, SimTime at) const;
  const CopySample* FirstFrom(ProcessNumber process, SimTime at) const;

 private:
  std::map<ProcessNumber, std::vector<const CopySample*>> copies_;
};

}  // namespace vf::sim
