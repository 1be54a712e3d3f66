#include "tools/cluster-sim/membership/membership_spec.h"

#include "tools/cluster-sim/membership/membership_fault.h"

namespace vf::sim {

bool IsRival(Profile profile) {
  return profile != Profile::kLan && profile != Profile::kLan1s && profile != Profile::kCloud &&
         profile != Profile::kWan;
}

std::int64_t TableBytesOf(const MembershipSpec& spec) {
  // Measured: 2,800 tables of 2,800 rows; 1,000 newcomers among 4,000; 20 dead of 10,000.
  constexpr std::int64_t kRowBytes = 175;
  constexpr std::int64_t kNewcomerBytes = 500;
  constexpr std::int64_t kStruckBytes = 700;
  if (IsRival(spec.profile)) return 0;
  const std::int64_t nodes = spec.nodes;
  const std::int64_t faults = spec.faults;
  const std::int64_t own = spec.tables == TableMode::kFull ? nodes * nodes * kRowBytes : 0;
  const std::int64_t apart = faults * (spec.islands - 1);
  switch (spec.fault) {
    case MembershipFault::kNone:
      return own;
    case MembershipFault::kJoin:
      return own + faults * (2 * nodes + faults) * kNewcomerBytes;
    case MembershipFault::kCut:
      // Those of an island miss everybody else, the rest misses the islands.
      return own + apart * (2 * (nodes - apart) + apart - faults) * kStruckBytes;
    default:
      return own + faults * nodes * kStruckBytes;
  }
}

absl::Status ValidateMembershipSpec(const MembershipSpec& spec) {
  const auto wrong = [](const char* what) { return absl::InvalidArgumentError(what); };
  const MembershipFaultTraits& fault = TraitsOf(spec.fault);
  if (spec.nodes < 2 || spec.nodes > kMaxMembershipNodes) {
    return wrong("nodes must be 2 to 100000");
  }
  if (spec.fault != MembershipFault::kNone && (spec.faults < 1 || spec.faults >= spec.nodes)) {
    return wrong("faults must be 1 to one less than nodes");
  }
  if (spec.fault == MembershipFault::kJoin && spec.nodes + spec.faults > kMaxMembershipNodes) {
    return wrong("nodes and those that join must be at most 100000");
  }
  if (spec.tables == TableMode::kFull && IsRival(spec.profile)) {
    return wrong("tables are of lan, lan-1s, cloud and wan");
  }
  if (TableBytesOf(spec) > kMaxTableBytes) return wrong("the tables must take 20 GB at most");
  if (!(spec.loss >= 0 && spec.loss <= 1)) return wrong("loss must be 0 to 1");
  if (!(spec.severity >= 0 && spec.severity <= 1)) return wrong("severity must be 0 to 1");
  if (spec.islands < 2 || spec.islands > kMaxIslands) return wrong("islands must be 2 to 64");
  if (spec.fault == MembershipFault::kCut &&
      (spec.islands - 1) * static_cast<std::int64_t>(spec.faults) >= spec.nodes) {
    return wrong("the islands must leave somebody for the last one");
  }
  if (spec.never_met && (spec.fault != MembershipFault::kCut || IsRival(spec.profile))) {
    return wrong("only members of a cut, of the product's protocol, may never have met");
  }
  if (spec.off && (!fault.off || *spec.off <= Duration::zero())) {
    return wrong("off must be above 0, and the fault one that is over after a time");
  }
  if (spec.on && (!fault.on || *spec.on <= Duration::zero())) {
    return wrong("on must be above 0, and the fault one that comes again");
  }
  if (spec.cost && (!fault.cost || *spec.cost <= Duration::zero())) {
    return wrong("cost must be above 0, and the fault one that takes CPU away");
  }
  if (spec.trials < 1) return wrong("trials must be at least 1");
  if (spec.duration && *spec.duration <= Duration::zero()) return wrong("duration must be above 0");
  return absl::OkStatus();
}

}  // namespace vf::sim
