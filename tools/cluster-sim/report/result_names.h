// How results and their options are called where people and programs read them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

// In the order in which --help lists them.
inline constexpr std::array<Profile, 5> kProfiles = {Profile::kLan, Profile::kCloud, Profile::kWan,
                                                     Profile::kMemberlistLan, Profile::kSwim};
inline constexpr std::array<MembershipFault, 4> kMembershipFaults = {
    MembershipFault::kProcessCrash, MembershipFault::kHostCrash, MembershipFault::kJoin,
    MembershipFault::kNone};

// As --profile and --fault take them: "memberlist-lan", "process-crash".
std::string_view ProfileName(Profile profile);
std::string_view MembershipFaultName(MembershipFault fault);

// 16 lowercase hex digits.
std::string HashText(std::uint64_t hash);

}  // namespace vf::sim
