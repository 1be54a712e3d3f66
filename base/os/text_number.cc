#include "base/os/text_number.h"

#include <array>
#include <charconv>
#include <limits>

namespace vf {
namespace {

struct Unit {
  char letter;
  int shift;
};
constexpr std::array<Unit, 3> kUnits = {{{'G', 30}, {'M', 20}, {'K', 10}}};

}  // namespace

std::optional<std::uint64_t> ParseWhole(std::string_view text, std::uint64_t low,
                                        std::uint64_t high) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < low || value > high) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> ParseByteSize(std::string_view text) {
  int shift = 0;
  for (const Unit& unit : kUnits) {
    if (!text.empty() && text.back() == unit.letter) {
      shift = unit.shift;
      text.remove_suffix(1);
      break;
    }
  }
  const auto count = ParseWhole(text, 0, std::numeric_limits<std::uint64_t>::max() >> shift);
  if (!count) return std::nullopt;
  return *count << shift;
}

std::string ByteSizeText(std::uint64_t bytes) {
  for (const Unit& unit : kUnits) {
    if (bytes != 0 && bytes % (std::uint64_t{1} << unit.shift) == 0) {
      return std::to_string(bytes >> unit.shift) + unit.letter;
    }
  }
  return std::to_string(bytes);
}

}  // namespace vf
