// Whether what is built today brings everything back after the faults of a run.
#pragma once

#include <string>

#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Its strength is within what FaultTraits covers, too.
bool IsDataRepaired(const FaultEvent& fault);

// What is missing, for the first thing that is not repaired: "loss: needs ..."; empty if all are.
// In a run without clients only members need repair. Lost packets of the network itself count: they
// hold up streams, so that owners are passed over.
std::string MissingRepair(const RunSpec& spec);

}  // namespace vf::sim
