// How results and their options are called where people and programs read them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {

// In the order in which --help lists them.
inline constexpr std::array<Profile, 11> kProfiles = {
    Profile::kLan,           Profile::kLan1s,        Profile::kCloud,        Profile::kWan,
    Profile::kMemberlistLan, Profile::kSwim,         Profile::kSwimBaseline, Profile::kLifeguard,
    Profile::kLhaProbe,      Profile::kLhaSuspicion, Profile::kBuddy};

// As --profile takes it: "memberlist-lan".
std::string_view ProfileName(Profile profile);

inline constexpr std::array<TableMode, 2> kTableModes = {TableMode::kScale, TableMode::kFull};
// As --mode takes it: "scale".
std::string_view TableModeName(TableMode mode);

// "4 GB": rounded up.
std::string GigabytesText(std::int64_t bytes);

// 16 lowercase hex digits.
std::string HashText(std::uint64_t hash);

}  // namespace vf::sim
