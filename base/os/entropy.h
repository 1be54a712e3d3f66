// Random bits from the operating system: ids, seats, and the numbers that start each Rng.
//
// Threads: any. Errors: none that a caller sees; without a source of entropy (a kernel that has no
// getrandom) the process ends, since ids would collide.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vf {

std::uint64_t Entropy64();
std::array<std::byte, 16> Entropy128();

}  // namespace vf
