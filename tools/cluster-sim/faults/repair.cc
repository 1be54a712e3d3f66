#include "tools/cluster-sim/faults/repair.h"

namespace vf::sim {

bool IsDataRepaired(const FaultEvent& fault) {
  const FaultTraits& traits = TraitsOf(fault.kind);
  if (!traits.data_repaired) return false;
  const double strength = fault.strength < 0 ? -fault.strength : fault.strength;
  return traits.strength.empty() || strength <= traits.data_most;
}

std::string MissingRepair(const RunSpec& spec) {
  const bool with_data = spec.workload.clients > 0;
  if (with_data && spec.network.loss > 0) {
    return "the network's loss: needs reads that wait while streams stand still";
  }
  for (const FaultEvent& fault : spec.faults) {
    const FaultTraits& traits = TraitsOf(fault.kind);
    if (!traits.members_repaired || (with_data && !IsDataRepaired(fault))) {
      return std::string(traits.name) + ": needs " + std::string(traits.missing);
    }
  }
  return "";
}

}  // namespace vf::sim
