// Results of `cluster-sim membership` for programs.
#pragma once

#include <string>

#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

// One object; docs/simulator.md describes the fields.
std::string MembershipJson(const MembershipResult& result, double wall_s);

}  // namespace vf::sim
