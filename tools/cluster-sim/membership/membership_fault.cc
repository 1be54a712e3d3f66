#include "tools/cluster-sim/membership/membership_fault.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace vf::sim {
namespace {

using Fault = MembershipFault;

constexpr Duration kPatience = minutes(5);

constexpr std::array<MembershipFaultTraits, 10> kFaults = {{
    {.fault = Fault::kProcessCrash,
     .name = "process-crash",
     .lasts = kPatience,
     .ends_early = true},
    {.fault = Fault::kHostCrash, .name = "host-crash", .lasts = kPatience, .ends_early = true},
    {.fault = Fault::kJoin, .name = "join", .lasts = kPatience, .ends_early = true},
    {.fault = Fault::kAnomaly,
     .name = "anomaly",
     .off = milliseconds(8'192),
     .on = milliseconds(64),
     .lasts = minutes(2)},
    {.fault = Fault::kStop,
     .name = "stop",
     .off = seconds(10),
     .on = seconds(30),
     .lasts = minutes(5)},
    // One of 129 equal processes on a core, in turns of 4 ms.
    {.fault = Fault::kStarve,
     .name = "starve",
     .off = milliseconds(512),
     .on = milliseconds(4),
     .cost = milliseconds(1),
     .lasts = minutes(5)},
    {.fault = Fault::kDeaf,
     .name = "deaf",
     .off = seconds(20),
     .on = seconds(20),
     .lasts = minutes(15)},
    {.fault = Fault::kLossy, .name = "lossy", .has_severity = true, .lasts = minutes(15)},
    {.fault = Fault::kCut,
     .name = "cut",
     .off = minutes(1),
     .lasts = kPatience,
     .ends_early = true},
    {.fault = Fault::kNone, .name = "none", .lasts = minutes(1)},
}};

}  // namespace

std::span<const MembershipFaultTraits> AllMembershipFaults() { return kFaults; }

const MembershipFaultTraits& TraitsOf(MembershipFault fault) {
  const auto* found = std::find_if(kFaults.begin(), kFaults.end(),
                                   [fault](const auto& traits) { return traits.fault == fault; });
  VF_CHECK(found != kFaults.end(), "a fault of the table");
  return *found;
}

Duration LongestTrial(const MembershipSpec& spec) {
  if (spec.duration) return *spec.duration;
  const MembershipFaultTraits& traits = TraitsOf(spec.fault);
  return traits.lasts + (traits.off && !traits.on ? OffOf(spec) : Duration::zero());
}

}  // namespace vf::sim
