#include "tools/cluster-sim/checkers/copies_of_key.h"

#include <algorithm>

namespace vf::sim {

CopiesOfKey::CopiesOfKey(const Evidence& evidence, const KeyEvents& events) {
  for (const std::uint32_t i : events.samples) {
    const CopySample& sample = evidence.history.samples[i];
    copies_[sample.process].push_back(&sample);
  }
}

const CopySample* CopiesOfKey::LastUntil(ProcessNumber process, SimTime at) const {
  const auto found = copies_.find(process);
  if (found == copies_.end()) return nullptr;
  const auto later =
      std::upper_bound(found->second.begin(), found->second.end(), at,
                       [](SimTime when, const CopySample* sample) { return when < sample->at; });
  return later == found->second.begin() ? nullptr : *(later - 1);
}

const CopySample* CopiesOfKey::FirstFrom(ProcessNumber process, SimTime at) const {
  const auto found = copies_.find(process);
  if (found == copies_.end()) return nullptr;
  const auto first =
      std::lower_bound(found->second.begin(), found->second.end(), at,
                       [](const CopySample* sample, SimTime when) { return sample->at < when; });
  return first == found->second.end() ? nullptr : *first;
}

}  // namespace vf::sim
