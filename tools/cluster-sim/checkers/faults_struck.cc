#include "tools/cluster-sim/checkers/faults_struck.h"

#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {

void CheckFaultsStruck(const Evidence& evidence, Findings& findings) {
  for (const FaultRecord& fault : evidence.history.faults) {
    if (fault.struck == 0) findings.Add(fault.from, FaultText(fault) + ": it never struck");
  }
}

}  // namespace vf::sim
