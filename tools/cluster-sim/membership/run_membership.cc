#include "tools/cluster-sim/membership/measured_members.h"
#include "tools/cluster-sim/membership/membership_spec.h"
#include "tools/cluster-sim/membership/trials.h"
#include "tools/cluster-sim/rivals/measured_rivals.h"

namespace vf::sim {

MembershipResult RunMembership(const MembershipSpec& spec, const MembershipProgress& progress) {
  return RunTrials(spec, IsRival(spec.profile) ? MakeRivalTrial : MakeMemberTrial, progress);
}

}  // namespace vf::sim
