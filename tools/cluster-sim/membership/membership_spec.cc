#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

absl::Status ValidateMembershipSpec(const MembershipSpec& spec) {
  const auto wrong = [](const char* what) { return absl::InvalidArgumentError(what); };
  if (spec.nodes < 2 || spec.nodes > kMaxMembershipNodes) {
    return wrong("nodes must be 2 to 100000");
  }
  if (spec.fault != MembershipFault::kNone && (spec.faults < 1 || spec.faults >= spec.nodes)) {
    return wrong("faults must be 1 to one less than nodes");
  }
  if (!(spec.loss >= 0 && spec.loss <= 1)) return wrong("loss must be 0 to 1");
  if (spec.trials < 1) return wrong("trials must be at least 1");
  if (spec.duration && *spec.duration <= Duration::zero()) return wrong("duration must be above 0");
  return absl::OkStatus();
}

}  // namespace vf::sim
