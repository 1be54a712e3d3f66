#include "tools/cluster-sim/checkers/load_gate.h"

#include <cstdint>
#include <string>

#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {
namespace {

struct Tally {
  std::uint64_t clear = 0;  // of faults
  std::uint64_t clear_and_successful = 0;
  std::uint64_t writes = 0;  // successful ones, from here on
  std::uint64_t deletes = 0;
  std::uint64_t reads = 0;
};

Intervals WithGrace(const Evidence& evidence) {
  Intervals faults;
  for (const FaultRecord& fault : evidence.history.faults) {
    faults.Add(fault.from, Later(fault.to, evidence.spec.load_grace));
  }
  faults.Seal();
  return faults;
}

Tally Count(const Evidence& evidence) {
  const Intervals faults = WithGrace(evidence);
  Tally tally;
  for (const Operation& operation : evidence.history.operations) {
    const bool successful = operation.outcome == Outcome::kOk;
    if (successful) {
      if (operation.kind == OperationKind::kWrite) {
        ++tally.writes;
      } else if (operation.kind == OperationKind::kDelete) {
        ++tally.deletes;
      } else {
        ++tally.reads;
      }
    }
    if (operation.began < evidence.history.workload_began) continue;
    const SimTime ended = operation.ended == kNotYet ? evidence.history.end : operation.ended;
    if (faults.Touches(operation.began, ended)) continue;
    ++tally.clear;
    if (successful) ++tally.clear_and_successful;
  }
  return tally;
}

void CheckLeast(const Evidence& evidence, const char* kind, std::uint64_t successful,
                std::uint64_t least, Findings& findings) {
  if (successful >= least) return;
  findings.Add(evidence.history.end, "only " + std::to_string(successful) + " successful " + kind +
                                         " in the whole run, at least " + std::to_string(least) +
                                         " are needed");
}

}  // namespace

void CheckLoadGate(const Evidence& evidence, Findings& findings) {
  const Tally tally = Count(evidence);
  const double needed = evidence.spec.least_success * static_cast<double>(tally.clear);
  if (static_cast<double>(tally.clear_and_successful) < needed) {
    findings.Add(evidence.history.end,
                 "of " + std::to_string(tally.clear) + " operations that met no fault only " +
                     std::to_string(tally.clear_and_successful) + " were successful");
  }
  CheckLeast(evidence, "writes", tally.writes, evidence.spec.least_writes, findings);
  CheckLeast(evidence, "deletes", tally.deletes, evidence.spec.least_deletes, findings);
  CheckLeast(evidence, "reads", tally.reads, evidence.spec.least_reads, findings);
}

}  // namespace vf::sim
