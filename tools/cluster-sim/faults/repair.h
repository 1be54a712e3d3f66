// Whether what is built today brings everything back after the faults of a run.
#pragma once

#include <string>

#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Data: strength and length are within what FaultTraits covers, too.
bool IsDataRepaired(const FaultEvent& fault);

// What is missing, for the first fault that is not repaired: "cut: needs ..."; empty if all are.
// In a run without clients only members need repair.
std::string MissingRepair(const RunSpec& spec);

}  // namespace vf::sim
