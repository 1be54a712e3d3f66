#include "tools/cluster-sim/faults/duration_text.h"

#include <array>
#include <cstdint>

#include "base/check.h"

namespace vf::sim {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 6> kUnits = {{{"h", 3'600'000'000'000},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1}}};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<Duration> ParseDuration(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && (IsDigit(text[end]) || text[end] == '.')) ++end;
  const std::string_view number = text.substr(0, end);
  const std::size_t point = number.find('.');
  const std::string_view whole = number.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view("0") : number.substr(point + 1);
  if (whole.empty() || whole.size() > 18 || fraction.empty() || fraction.size() > 12) {
    return std::nullopt;
  }
  for (const Unit& unit : kUnits) {
    if (text.substr(end) != unit.name) continue;
    __extension__ using Wide = __int128;
    Wide value = 0;
    for (const char c : whole) value = value * 10 + (c - '0');
    value *= unit.nanoseconds;
    Wide part = 0;
    Wide scale = 1;
    for (const char c : fraction) {
      if (!IsDigit(c)) return std::nullopt;  // A second point.
      part = part * 10 + (c - '0');
      scale *= 10;
    }
    part *= unit.nanoseconds;
    if (part % scale != 0) return std::nullopt;
    value += part / scale;
    if (value > kLongestDuration.count()) return std::nullopt;
    return Duration(static_cast<Duration::rep>(value));
  }
  return std::nullopt;
}

std::string DurationText(Duration duration) {
  VF_CHECK(duration.count() >= 0, "a duration has no sign");
  if (duration.count() == 0) return "0s";
  for (const Unit& unit : kUnits) {
    if (unit.name == "h" || unit.name == "m") continue;  // 60s and 5400s are read at a glance.
    if (duration.count() % unit.nanoseconds == 0) {
      return std::to_string(duration.count() / unit.nanoseconds) + std::string(unit.name);
    }
  }
  return "";  // Not reached: every duration is whole in nanoseconds.
}

}  // namespace vf::sim
