// What keys and values look like: bytes of all kinds, short and long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/rng.h"

namespace vf::sim {

// A key that no other number of the run has. 1 to 2,048 bytes: text, paths, UTF-8, any bytes.
std::string MakeKey(std::uint64_t number, Rng& rng);

// The value of write number `write`, which no other write of the run has; at most `most` bytes.
// REQUIRES: most >= 32.
std::string MakeValue(std::uint64_t write, std::size_t most, Rng& rng);

}  // namespace vf::sim
