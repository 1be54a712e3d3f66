// The planted bugs, and which checker must find each.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <span>
#include <string_view>

#include "base/planted_bug.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// In place of a checker: the run does not converge (exit status 128 of cluster-sim).
inline constexpr std::string_view kNotConverged = "not converged";

// What is done to the runs that the swarm draws, where its own faults leave too small a gap.
enum class Shape : std::uint8_t {
  kAsDrawn,
  // A node joins now and then, and just then frontends hear no datagrams for half a second: only
  // the answers of replicas tell them of it.
  kDeafFrontends,
  // A node restarts where packets take long and partitions are many: copies are incomplete for a
  // while.
  kSlowCopies,
  // Time and again no connection of one node makes progress for longer than a write waits, and all
  // of them break before they do: it lacks what was written meanwhile, and stays a member.
  kPassedOver,
  // No connection of one owner makes progress for seconds, and it stays a member.
  kStalledOwner,
  // Two nodes are told to leave for good, one after the other, where each key has one copy.
  kPlannedLeaves,
  kCutInTwo,  // without clients; half of the nodes are cut off until both sides are dead to the
              // other
  // One node is cut off for longer than a short tombstone age.
  kLongAbsence,
  // The same, but it can be reached by datagrams, and is not taken for away.
  kLongSilence,
  // One node is cut off for so long that all others are replaced meanwhile, one after the other.
  kOthersReplaced,
  // One node is cut off while another leaves for good.
  kLeftDuringACut,
  // Nodes have disks; all are killed at once, and are back one after the other.
  kAllRestarted,
  // The clock of one node is ahead by many times a short tombstone age.
  kClocksApart,
  // Without clients; a node starts twice, the second time by a clock that went back meanwhile, and
  // one whom it asks to let it in has not heard of the first time.
  kFormerLifeUnknown,
};

struct Canary {
  PlantedBug bug = PlantedBug::kNone;
  std::string_view name;
  std::string_view checker;    // a Violation's, or kNotConverged
  std::uint64_t found_by = 0;  // a seed that found it when somebody searched last; 0: none known
  Shape shape = Shape::kAsDrawn;
};

// The run of a seed. Depends on the arguments alone.
RunSpec ShapedSwarm(std::uint64_t seed, Shape shape);

// For the messages of GoogleTest.
void PrintTo(const Canary& canary, std::ostream* out);

// All but kNone, in the order of the enum.
std::span<const Canary> AllCanaries();

}  // namespace vf::sim
