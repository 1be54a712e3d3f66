#include "tools/cluster-sim/faults/number_text.h"

#include <array>
#include <charconv>

namespace vf::sim {

std::string NumberText(double value) {
  std::array<char, 64> text;
  // Plain digits where they are few.
  const double size = value < 0 ? -value : value;
  const bool plain = size == 0 || (size >= 1e-6 && size < 1e15);
  const auto result =
      plain ? std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed)
            : std::to_chars(text.data(), text.data() + text.size(), value);
  return std::string(text.data(), result.ptr);
}

}  // namespace vf::sim
