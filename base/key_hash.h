// SHA-1 of a key: what places it in a partition (FIPS 180-4, through OpenSSL's EVP).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vf {

struct KeyHash {
  std::array<std::byte, 20> bytes;
  bool operator==(const KeyHash&) const = default;

  std::string Hex() const;  // 40 lower-case digits, as sha1sum prints them
};

// Index of a slice of the key space, 0 to 16^N - 1: the first N hex digits of a key's hash.
using Partition = std::uint32_t;

// Any bytes, any length. Threads: any; the algorithm is fetched once, a context is kept a thread.
KeyHash HashKey(std::string_view key);

std::array<std::byte, 32> Sha256(std::string_view text);

// The first 4 bytes of SHA-256, big-endian: the cluster's name in every packet.
std::uint32_t HashClusterName(std::string_view name);

}  // namespace vf
