// The command line of `cluster-sim membership`.
#pragma once

#include <optional>
#include <string>

#include "base/os/command_line.h"
#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

struct MembershipOptions {
  MembershipSpec spec;
  // Given on the command line, whatever the value.
  bool mode = false;
  bool faults = false;
  bool severity = false;
  bool islands = false;
  std::string json;
};

// `options` outlives the result.
CommandLine MakeMembershipLine(MembershipOptions& options);

}  // namespace vf::sim
