// One trial before it begins: a cluster, and how long it settles.
#pragma once

#include <functional>
#include <memory>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/membership/measured_cluster.h"
#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

struct TrialPlan {
  std::unique_ptr<MeasuredCluster> cluster;
  Rng rng;          // of the fault
  Duration settle;  // before it; and on top a random share of the next, so that no tick knows when
  Duration settle_spread;
  Duration probe_interval;
};

// The plan of trial `number`. Depends on nothing but its arguments.
using MakeTrial = std::function<TrialPlan(const MembershipSpec& spec, int number)>;

}  // namespace vf::sim
