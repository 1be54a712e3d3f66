// Measures a rival: `cluster-sim membership` for the profiles `swim` and `memberlist-lan`.
#pragma once

#include "tools/cluster-sim/membership/membership_spec.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Each trial is a cluster of its own whose members all know each other; what happens to it happens
// after it has settled. A crash of the process and of the host are the same to both rivals: they
// take no notice of refusals. Joins go through random members. False suspicions and deaths are
// counted at each observer. Traffic is that of the members that live all the time, connections
// included.
// REQUIRES: spec.profile is kSwim or kMemberlistLan; 0 < faults < nodes unless fault is kNone;
// nodes > 1, trials > 0, 0 <= loss <= 1.
// Equal specs give equal results.
MembershipResult RunRival(const MembershipSpec& spec, const MembershipProgress& progress = {});

// The same on another network than a LAN. `network.loss` is replaced by spec.loss.
MembershipResult RunRivalOn(const NetworkSpec& network, const MembershipSpec& spec,
                            const MembershipProgress& progress = {});

}  // namespace vf::sim
