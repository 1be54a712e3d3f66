#include "gossip/seal/cluster_keys.h"

#include <algorithm>

#include "base/key_hash.h"
#include "base/text_lines.h"

namespace vf {

absl::StatusOr<ClusterKeys> ClusterKeys::Parse(std::string_view text) {
  ClusterKeys result;
  std::vector<ClusterKey>& keys = result.keys_;
  for (TextLines walk(text); walk.Next();) {
    const int number = walk.number();
    const std::string_view secret = walk.line();
    if (std::any_of(secret.begin(), secret.end(), [](char c) { return c < 0x20 || c > 0x7e; })) {
      return BadLine(number,
                     "a key is printable text, such as `openssl rand -hex 32` writes; this line "
                     "has other bytes");
    }
    if (secret.size() < kMinSecretBytes || secret.size() > kMaxSecretBytes) {
      return BadLine(number, "a key of " + std::to_string(secret.size()) + " characters; it must " +
                                 "have " + std::to_string(kMinSecretBytes) + " to " +
                                 std::to_string(kMaxSecretBytes) +
                                 " (`openssl rand -hex 32` makes a good one)");
    }
    if (std::any_of(keys.begin(), keys.end(),
                    [&](const ClusterKey& key) { return key.secret == secret; })) {
      return BadLine(number, "the same key stands above; remove one of them");
    }
    if (keys.size() == kMaxKeys) {
      return BadLine(number, "more than " + std::to_string(kMaxKeys) +
                                 " keys; two are enough to change from one to the other");
    }
    keys.push_back({std::string(secret), std::to_integer<std::uint8_t>(Sha256(secret)[0])});
  }
  if (keys.empty()) {
    return absl::InvalidArgumentError(
        "there is no key in it; write one on a line of its own, for example with `openssl rand "
        "-hex 32`");
  }
  return result;
}

}  // namespace vf
