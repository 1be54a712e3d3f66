// Records drawn from so few versions, values and expiries that ties of every kind are common.
#pragma once

#include <string>

#include "base/rng.h"
#include "node/store/record.h"

namespace vf {

inline RecordRef RandomRecord(Rng& rng, std::string_view key) {
  // Prefixes of each other, the empty value, 0 and 255 as bytes.
  static const std::string kValues[] = {
      "", "a", "ab", "b", std::string(1, '\0'), std::string("a\0", 2), "\xff", "a\xff"};
  static constexpr std::uint64_t kExpiries[] = {0, 1, 1'000, UINT64_MAX};
  const bool tombstone = rng.Chance(1, 4);
  return RecordRef::Make(
      {.key = key,
       .value = tombstone ? std::string_view() : std::string_view(kValues[rng.Uniform(8)]),
       .version = {rng.Uniform(4)},
       .expiry_ms = kExpiries[rng.Uniform(4)],
       .tombstone = tombstone});
}

}  // namespace vf
