// The file behind --config: one `name = value` a line.
//
// Grammar: blank lines and lines that begin with # are skipped; around name and value spaces and
// tabs are cut off; a value may stand in double quotes. A name may be repeated; what that means is
// decided by who asks.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

namespace vf {

struct ConfigLine {
  int number = 0;  // from 1
  std::string name;
  std::string value;
};

// Errors: InvalidArgument, naming line and remedy.
absl::StatusOr<std::vector<ConfigLine>> ParseConfig(std::string_view text);

inline constexpr std::size_t kMaxConfigBytes = 1 << 20;

// Errors: NotFound (cannot be read, with the system's reason), InvalidArgument.
absl::StatusOr<std::vector<ConfigLine>> ReadConfigFile(const std::string& path);

}  // namespace vf
