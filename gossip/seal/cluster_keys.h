// The secrets of --cluster-key-file: who has one of them belongs to the cluster.
//
// The file is text, one secret a line. The first signs what this process says; what others say is
// taken if any of them has signed it. That is how secrets are changed without a moment in which
// half of the cluster does not understand the other: docs/security.md.
//
// Pure. Threads: any, once built. No secret ever stands in a text that comes from here.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace vf {

struct ClusterKey {
  std::string secret;
  // First byte of the secret's SHA-256: tells the receiver which of its secrets to try. Two secrets
  // may have the same; then both are tried.
  std::uint8_t id = 0;
};

class ClusterKeys {
 public:
  static constexpr std::size_t kMinSecretBytes = 16;
  static constexpr std::size_t kMaxSecretBytes = 1'024;
  static constexpr std::size_t kMaxKeys = 8;

  // None: nothing is signed, and what is signed is not understood.
  ClusterKeys() = default;

  // Lines that are blank or begin with # are skipped; spaces around a secret are cut off.
  // Errors: InvalidArgument with the line and what would be right: no secret at all, one of less
  // than kMinSecretBytes or more than kMaxSecretBytes, one with other than printable ASCII
  // characters, one that is there twice, more than kMaxKeys.
  static absl::StatusOr<ClusterKeys> Parse(std::string_view text);

  bool empty() const { return keys_.empty(); }
  // In the order of the file; the first signs.
  const std::vector<ClusterKey>& keys() const { return keys_; }

 private:
  std::vector<ClusterKey> keys_;
};

}  // namespace vf
