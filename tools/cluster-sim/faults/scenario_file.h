// Scenarios as files: JSON with comments, one object. docs/simulator.md describes every field.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

inline constexpr std::size_t kMaxScenarioBytes = std::size_t{4} << 20;

// A valid run out of the text of a file. What the text leaves out has the default of RunSpec; a
// limit takes the place of what the text says, before hosts are looked up. `name`: what the
// scenario is called if the text gives it no name. Errors: InvalidArgument with one line that names
// the place ("faults[2].at", or a line and column if it is no JSON) and says what would be right:
// for unknown and repeated fields, wrong types, hosts that are not there, and whatever
// ValidateRunSpec() finds.
absl::StatusOr<RunSpec> ParseScenario(std::string_view text, const std::string& name,
                                      std::uint64_t seed, const SwarmLimits& limits);

// The text of a file that gives this run, every field said. REQUIRES: the spec is valid.
std::string ScenarioText(const RunSpec& spec);

}  // namespace vf::sim
