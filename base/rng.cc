#include "base/rng.h"

#include <bit>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash64.h"

namespace vf {
namespace {

std::uint64_t SplitMix64(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

Rng::Rng(std::uint64_t seed) : seed_(seed) {
  std::uint64_t state = seed;
  for (std::uint64_t& word : state_) word = SplitMix64(state);
}

Rng Rng::Fork(std::string_view name) const { return Fork(Hash64(AsBytes(name))); }

Rng Rng::Fork(std::uint64_t number) const {
  std::uint64_t state = seed_ ^ std::rotl(number, 32);
  SplitMix64(state);
  state ^= number;
  return Rng(SplitMix64(state));
}

std::uint64_t Rng::Next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::uint64_t Rng::Uniform(std::uint64_t bound) {
  VF_CHECK(bound > 0, "a draw from nothing");
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide{Next()} * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = Wide{Next()} * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

Duration Rng::Between(Duration low, Duration high) {
  VF_CHECK(low <= high, "an empty range");
  return low + Duration(Uniform(static_cast<std::uint64_t>((high - low).count()) + 1));
}

bool Rng::Chance(std::uint64_t numerator, std::uint64_t denominator) {
  return Uniform(denominator) < numerator;
}

}  // namespace vf
