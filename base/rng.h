// The seeded random generator of the core: same seed, same draws, on every machine and compiler.
//
// Thread: none of its own; one owner each. Never global. Not for secrets.
// Source: xoshiro256** and SplitMix64 (Blackman, Vigna, "Scrambled linear pseudorandom number
// generators", 2018); bounded draws by multiplication with rejection (Lemire, 2018).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.h"

namespace vf {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);

  // A further generator whose draws do not depend on how many were taken here: a new draw in one
  // object shifts no other. Same parent seed and name (or number): same stream.
  Rng Fork(std::string_view name) const;
  Rng Fork(std::uint64_t number) const;

  std::uint64_t Next();

  // Uniform in [0, bound). REQUIRES: bound > 0.
  std::uint64_t Uniform(std::uint64_t bound);

  // Uniform in [low, high]. REQUIRES: low <= high.
  Duration Between(Duration low, Duration high);

  // True with probability numerator / denominator. REQUIRES: denominator > 0.
  bool Chance(std::uint64_t numerator, std::uint64_t denominator);

  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[Uniform(i)]);
    }
  }

  // An exact sample without replacement: min(count, items.size()) of them, in random order.
  template <typename T>
  std::vector<T> Sample(std::vector<T> items, std::size_t count) {
    const std::size_t taken = count < items.size() ? count : items.size();
    for (std::size_t i = 0; i < taken; ++i) {
      std::swap(items[i], items[i + Uniform(items.size() - i)]);
    }
    items.resize(taken);
    return items;
  }

 private:
  std::uint64_t seed_;
  std::array<std::uint64_t, 4> state_;
};

}  // namespace vf
