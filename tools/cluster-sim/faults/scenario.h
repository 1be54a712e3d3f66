// Scenarios: runs that have a name, and what a run may ask for at all.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Limits of a run. Beyond them a run would need more memory or time than anybody has.
inline constexpr int kMaxSimNodes = 2'000;
inline constexpr int kMaxSimControllers = 16;
inline constexpr int kMaxSimFrontends = 200;
inline constexpr int kMaxZones = 64;
inline constexpr int kMaxClients = 10'000;
inline constexpr int kMaxFaultEvents = 10'000;
inline constexpr int kLeastValueBytes = 32;  // a value has room for the name of its write
inline constexpr int kMostValueBytes = 1 << 20;
inline constexpr std::uint64_t kMaxSeed = (std::uint64_t{1} << 53) - 1;

struct Scenario {
  std::string_view name;
  std::string_view description;  // one line
  int least_nodes = 1;
  // REQUIRES: what the limits name is within its range, and nodes >= least_nodes.
  RunSpec (*make)(std::uint64_t seed, const SwarmLimits& limits);
};

// In the order in which they are listed: the default first.
std::span<const Scenario> AllScenarios();
// Null if there is none of that name.
const Scenario* ScenarioNamed(std::string_view name);

// OK, or InvalidArgument with one line that names the place in the words of scenario files and says
// what would be right.
absl::Status ValidateRunSpec(const RunSpec& spec);

}  // namespace vf::sim
