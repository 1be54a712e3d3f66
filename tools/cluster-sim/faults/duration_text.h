// Durations as people write them: "250ms", "1.5s", "2m".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace vf::sim {

inline constexpr Duration kLongestDuration = hours(24 * 366);

// A number, whole or decimal and without a sign, and one of ns, us, ms, s, m, h. None for anything
// else, for what is finer than a nanosecond and for what exceeds kLongestDuration.
std::optional<Duration> ParseDuration(std::string_view text);

// A text that ParseDuration() reads back, in s, or in the next smaller unit that keeps it whole:
// "90s", "1500ms". REQUIRES: duration >= 0.
std::string DurationText(Duration duration);

}  // namespace vf::sim
