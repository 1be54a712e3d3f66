// Reads the file of --cluster-key-file.
#pragma once

#include <absl/status/statusor.h>

#include <string>

#include "gossip/seal/cluster_keys.h"

namespace vf {

inline constexpr std::size_t kMaxClusterKeyFileBytes = 64 << 10;

struct ClusterKeyFile {
  ClusterKeys keys;
  std::string warning;  // one line for the log if others may read or change the file; else empty
};

// An empty path: no keys. Errors: the file cannot be read, or is none of keys; the text names
// option, file and remedy, and no key.
absl::StatusOr<ClusterKeyFile> ReadClusterKeyFile(const std::string& path);

}  // namespace vf
