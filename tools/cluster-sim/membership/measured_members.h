// A MemberCluster, the product's own protocol, as a cluster that is measured.
#pragma once

#include "tools/cluster-sim/membership/trial_plan.h"

namespace vf::sim {

// REQUIRES: the profile is the product's.
TrialPlan MakeMemberTrial(const MembershipSpec& spec, int number);

}  // namespace vf::sim
