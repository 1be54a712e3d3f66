// All trials of `cluster-sim membership`, one after the other, and what they come to.
#pragma once

#include "tools/cluster-sim/membership/membership_spec.h"
#include "tools/cluster-sim/membership/trial_plan.h"

namespace vf::sim {

// REQUIRES: the spec is valid. Equal specs and equal plans give equal results.
MembershipResult RunTrials(const MembershipSpec& spec, const MakeTrial& make,
                           const MembershipProgress& progress);

}  // namespace vf::sim
