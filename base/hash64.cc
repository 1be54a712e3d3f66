#include "base/hash64.h"

#include <xxhash.h>

namespace vf {

std::uint64_t Hash64(ByteSpan bytes, std::uint64_t seed) {
  return XXH64(bytes.data(), bytes.size(), seed);
}

std::uint32_t Checksum32(ByteSpan bytes) { return XXH32(bytes.data(), bytes.size(), 0); }

}  // namespace vf
