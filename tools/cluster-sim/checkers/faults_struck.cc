#include "tools/cluster-sim/checkers/faults_struck.h"

#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {

namespace {

// With an average of 10, once in 20,000 such faults nothing happens at all.
constexpr double kSurelyStrikes = 10;

}  // namespace

void CheckFaultsStruck(const Evidence& evidence, Findings& findings) {
  for (const FaultRecord& fault : evidence.history.faults) {
    const bool had_few_chances = fault.expected > 0 && fault.expected < kSurelyStrikes;
    if (fault.struck == 0 && !had_few_chances && !fault.idle)
      findings.Add(fault.from, FaultText(fault) + ": it never struck");
  }
}

}  // namespace vf::sim
