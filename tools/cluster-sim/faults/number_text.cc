#include "tools/cluster-sim/faults/number_text.h"

#include <array>
#include <charconv>

namespace vf::sim {

std::string NumberText(double value) {
  std::array<char, 64> text;
  const auto result = std::to_chars(text.data(), text.data() + text.size(), value);
  return std::string(text.data(), result.ptr);
}

}  // namespace vf::sim
