// What a node answers, as tables for people.
//
// Pure. Each function takes the body of an answer and gives the text to print, or InvalidArgument
// if that is not what a node of Velour Fog says. Fields that an older node does not have are shown
// as "-", and fields that are new here are passed over, so vfctl and nodes may differ in release.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace vf::ctl {

absl::StatusOr<std::string> MembersTable(std::string_view json);
absl::StatusOr<std::string> StatusTable(std::string_view json);
absl::StatusOr<std::string> ReplicasTable(std::string_view json);

// "850ms", "42s", "3m 5s", "2h 10m", "5d 3h": the two largest units.
std::string DurationText(std::int64_t milliseconds);

}  // namespace vf::ctl
