// Swarm testing: every seed draws a cluster, a workload and a few kinds of faults, so that many
// runs together meet combinations that nobody thinks of. A run with all faults at once finds less.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

inline constexpr int kMaxSwarmKinds = 5;  // kinds of faults a run

// What the command line fixes; it takes the place of what would be drawn or is usual.
struct SwarmLimits {
  std::optional<int> nodes{};          // 1 or more
  std::optional<int> replicas{};       // 1 to kMaxReplicas
  std::optional<Duration> duration{};  // of the first phase, kLeastPhase or more
};

// Shorter first phases leave faults no time to show what they do.
inline constexpr Duration kLeastPhase = seconds(5);

// Draws a run. Only faults whose repair exists are drawn: those with data_repaired within what that
// covers; one run in five is without clients' work and draws from all with members_repaired. At
// least one process that serves clients stays unharmed, and acknowledged writes keep a holder but
// in one run of ten, where the checkers excuse and count what is lost. The result is valid
// (ValidateRunSpec), depends on nothing but the arguments, and a limit changes what it names and
// what has to fit it. Source: Groce et al., "Swarm Testing" (ISSTA 2012).
RunSpec DrawSwarm(std::uint64_t seed, const SwarmLimits& limits);

}  // namespace vf::sim
