// Different keys with one and the same Hash64.
//
// XXH64 reads 32 bytes at a time into four sums of 8 bytes each; a sum s takes a word w by
// s = rotl(s + w * P2, 31) * P1. P2 is odd, so for any first word there is a second one that
// brings the sum to a fixed value.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace vf {

inline std::vector<std::string> CollidingKeys(std::size_t count) {
  constexpr std::uint64_t kP1 = 0x9e3779b185ebca87ULL;
  constexpr std::uint64_t kP2 = 0xc2b2ae3d27d4eb4fULL;
  std::uint64_t inverse = kP2;  // of P2 modulo 2^64, by Newton's iteration
  for (int i = 0; i < 6; ++i) inverse *= 2 - kP2 * inverse;
  std::vector<std::string> keys;
  for (std::uint64_t word = 0; word < count; ++word) {
    const std::uint64_t sum = std::rotl(kP1 + kP2 + word * kP2, 31) * kP1;
    const std::uint64_t second = (0 - sum) * inverse;
    std::string key(64, '\0');
    for (std::size_t i = 0; i < 8; ++i) {
      key[i] = static_cast<char>(word >> (8 * i));
      key[32 + i] = static_cast<char>(second >> (8 * i));
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace vf
