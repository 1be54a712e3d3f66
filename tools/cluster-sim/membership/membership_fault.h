// The faults of `cluster-sim membership`, one row each.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

struct MembershipFaultTraits {
  MembershipFault fault = MembershipFault::kNone;
  std::string_view name;  // as --fault takes it
  // The fault lasts so long, then for so long there is none; and again. No `on`: it comes once. No
  // `off`: it stays.
  std::optional<Duration> off{};
  std::optional<Duration> on{};
  bool has_severity = false;
  // CPU that each message and each turn of timers costs.
  std::optional<Duration> cost{};
  // A trial without a duration of its own ends when all know and are at rest, and at the latest
  // after this, from the end of what comes once; those that have nothing to wait for take all of
  // it.
  Duration lasts{};
  bool ends_early = false;
};

// In the order in which people read them.
std::span<const MembershipFaultTraits> AllMembershipFaults();
const MembershipFaultTraits& TraitsOf(MembershipFault fault);

// What holds for this spec.
inline Duration OffOf(const MembershipSpec& spec) {
  return spec.off.value_or(TraitsOf(spec.fault).off.value_or(Duration::zero()));
}
inline Duration OnOf(const MembershipSpec& spec) {
  return spec.on.value_or(TraitsOf(spec.fault).on.value_or(Duration::zero()));
}
inline Duration CostOf(const MembershipSpec& spec) {
  return spec.cost.value_or(TraitsOf(spec.fault).cost.value_or(Duration::zero()));
}
// Of a trial, from the fault on.
Duration LongestTrial(const MembershipSpec& spec);

}  // namespace vf::sim
