#include "tools/cluster-sim/checkers/judge.h"

#include <iterator>

#include "tools/cluster-sim/checkers/acked_writes.h"
#include "tools/cluster-sim/checkers/convergence.h"
#include "tools/cluster-sim/checkers/evidence.h"
#include "tools/cluster-sim/checkers/expired_stays_gone.h"
#include "tools/cluster-sim/checkers/faults_struck.h"
#include "tools/cluster-sim/checkers/findings.h"
#include "tools/cluster-sim/checkers/handoff_kept.h"
#include "tools/cluster-sim/checkers/load_gate.h"
#include "tools/cluster-sim/checkers/membership_views.h"
#include "tools/cluster-sim/checkers/monotone_copies.h"
#include "tools/cluster-sim/checkers/no_false_death.h"
#include "tools/cluster-sim/checkers/no_resurrection.h"
#include "tools/cluster-sim/checkers/nothing_invented.h"
#include "tools/cluster-sim/checkers/quorum_reads.h"
#include "tools/cluster-sim/checkers/sync_completes.h"
#include "tools/cluster-sim/checkers/true_conflicts.h"
#include "tools/cluster-sim/checkers/true_reads.h"

namespace vf::sim {
namespace {

struct Row {
  std::string_view name;
  void (*check)(const Evidence& evidence, Findings& findings);
};

// In the order of the enum.
constexpr std::array<Row, kCheckers> kRows = {{
    {"acked_writes", CheckAckedWrites},
    {"nothing_invented", CheckNothingInvented},
    {"convergence", CheckConvergence},
    {"monotone_copies", CheckMonotoneCopies},
    {"no_resurrection", CheckNoResurrection},
    {"true_reads", CheckTrueReads},
    {"membership_views", CheckMembershipViews},
    {"no_false_death", CheckNoFalseDeath},
    {"load_gate", CheckLoadGate},
    {"faults_struck", CheckFaultsStruck},
    {"expired_stays_gone", CheckExpiredStaysGone},
    {"sync_completes", CheckSyncCompletes},
    {"handoff_kept", CheckHandoffKept},
    {"quorum_reads", CheckQuorumReads},
    {"true_conflicts", CheckTrueConflicts},
}};

const Row& RowOf(Checker checker) { return kRows[static_cast<std::size_t>(checker)]; }

}  // namespace

std::string_view CheckerName(Checker checker) { return RowOf(checker).name; }

std::vector<Checker> AllCheckers() {
  std::vector<Checker> all;
  for (std::size_t i = 0; i < kCheckers; ++i) all.push_back(static_cast<Checker>(i));
  return all;
}

Verdict Judge(const History& history, const JudgeSpec& spec) {
  const Evidence evidence(history, spec);
  Verdict verdict;
  for (const Checker checker : spec.checkers) {
    const Row& row = RowOf(checker);
    Findings findings(evidence, row.name, verdict.counts);
    row.check(evidence, findings);
    std::vector<Violation> violations = findings.Take();
    verdict.violations.insert(verdict.violations.end(), std::make_move_iterator(violations.begin()),
                              std::make_move_iterator(violations.end()));
  }
  return verdict;
}

}  // namespace vf::sim
