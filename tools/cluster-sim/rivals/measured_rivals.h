// A RivalCluster as a cluster that is measured: `cluster-sim membership` for the other protocols.
#pragma once

#include "tools/cluster-sim/membership/trial_plan.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Each trial is a cluster of its own whose members all know each other; what happens to it happens
// after it has settled. A crash of the process and of the host are the same to the rivals: they
// take no notice of refusals. Traffic includes connections.
// REQUIRES: the profile is a rival's.
TrialPlan MakeRivalTrial(const MembershipSpec& spec, int number);

// The same on another network than a LAN. `network.loss` is replaced by the spec's.
MakeTrial MakeRivalTrialOn(const NetworkSpec& network);

}  // namespace vf::sim
