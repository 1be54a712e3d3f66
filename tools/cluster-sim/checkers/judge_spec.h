// What is judged, within which bounds, and how the run went.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tools/cluster-sim/checkers/fault_effects.h"
#include "tools/cluster-sim/checkers/history.h"

namespace vf::sim {

// One a promise; the file of the same name says what it is.
enum class Checker : std::uint8_t {
  kAckedWrites,
  kNothingInvented,
  kConvergence,
  kMonotoneCopies,
  kNoResurrection,
  kTrueReads,
  kMembershipViews,
  kNoFalseDeath,
  kLoadGate,
  kFaultsStruck,
  kExpiredStaysGone,
  kSyncCompletes,
  kHandoffKept,
  kQuorumReads,
  kTrueConflicts,
};
inline constexpr std::size_t kCheckers = 15;

// "acked_writes", as a Violation names it.
std::string_view CheckerName(Checker checker);

// All, in the order of the enum.
std::vector<Checker> AllCheckers();

inline constexpr SimTime kSecond = 1'000'000'000;

struct JudgeSpec {
  std::vector<Checker> checkers = AllCheckers();
  std::vector<FaultEffect> effects = KnownFaultEffects();

  // Data.
  bool excuse_last_holders = true;  // memory mode: what nobody holds any more may be lost
  int owners = 0;                   // that each key has at the end; 0: not judged
  int replicas = 0;                 // K: owners that a key has at most; 0: quorums are not judged
  bool clients_apart = false;       // clients use both sides of cuts
  // From when a member is away until others own what it owned.
  SimTime places_kept = 60 * kSecond;
  // The most that a process's wall clock differs from one that is right. kNotYet: unknown, and
  // nothing that depends on it is judged.
  SimTime clock_skew = 0;
  SimTime expiry_slack = kSecond;  // from an expiry until a process must have acted on it
  SimTime tombstone_age = 3600 * kSecond;
  SimTime sync_bound = 0;  // from the end of the last fault to divergence 0; 0: not judged
  // Copies that their holders do not own are handed over and dropped: none may bring back what was
  // deleted.
  bool judge_strays = false;
  // Also calls it a violation when an acknowledged write loses to one that was read, but never
  // acknowledged, before it began; else it is only counted.
  bool judge_writes_after_reads = false;

  // How long the effects of a fault may be felt after its end.
  SimTime stale_grace = 5 * kSecond;
  SimTime death_grace = 10 * kSecond;
  SimTime load_grace = 5 * kSecond;

  // From a crash until every healthy member has noticed; 0: not judged.
  SimTime detection_bound = 0;

  // The load that makes a run worth judging.
  double least_success = 0.5;      // of the operations that met no fault
  std::uint64_t least_writes = 1;  // successful ones, in the whole run
  std::uint64_t least_deletes = 1;
  std::uint64_t least_reads = 1;

  // Of a checker; the rest is counted in the last one's text.
  std::size_t most_violations = 20;
  std::size_t most_trace_lines = 60;  // of a violation
};

// What is legal, but never passed over in silence.
struct Counts {
  std::uint64_t stale_reads = 0;     // older than they should be, inside a fault
  std::uint64_t stale_quorums = 0;   // the same of r owners, which were others by then
  std::uint64_t excused_losses = 0;  // keys whose newest acknowledged record went with its holders
  std::uint64_t excused_anomalies = 0;  // an acknowledged write lost to an earlier one, in a fault
  std::uint64_t anomalies_after_reads =
      0;                             // an acknowledged write lost to one read before it began
  std::uint64_t earlier_stamps = 0;  // records under the first version of a write stamped again
  std::uint64_t excused_deaths = 0;  // beliefs that a living process is dead, due to a fault
  std::uint64_t conflicts = 0;       // that processes show, of writes that met
  std::uint64_t unjudged_detections = 0;  // crashes in the middle of other faults
};

}  // namespace vf::sim
