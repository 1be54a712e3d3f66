// 64-bit and 32-bit hashes that are the same on every machine and in every release.
// Source: xxHash; XXH64 with seed 0 unless a seed is given. Part of wire and file formats: the
// results must never change (golden values in tests/base).
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace vf {

std::uint64_t Hash64(ByteSpan bytes, std::uint64_t seed = 0);

// XXH32 with seed 0: the check of a datagram.
std::uint32_t Checksum32(ByteSpan bytes);

}  // namespace vf
