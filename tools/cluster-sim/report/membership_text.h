// Results of `cluster-sim membership` for people.
#pragma once

#include <string>

#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

// What is asked, one line: "seed 1, 100 nodes, profile lan, fault cut of 3 members, off 60s, ...".
std::string MembershipQuestion(const MembershipSpec& spec);
// Whole lines: the figures that the fault has.
std::string MembershipTable(const MembershipResult& result);

}  // namespace vf::sim
