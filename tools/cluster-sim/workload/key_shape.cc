#include "tools/cluster-sim/workload/key_shape.h"

#include <algorithm>
#include <cstddef>

#include "base/check.h"

namespace vf::sim {
namespace {

constexpr std::size_t kMostKeyBytes = 2048;

void AddAnyBytes(std::string& text, std::size_t count, Rng& rng) {
  while (count > 0) {
    std::uint64_t word = rng.Next();
    for (int i = 0; i < 8 && count > 0; ++i, --count, word >>= 8) {
      text.push_back(static_cast<char>(word & 0xff));
    }
  }
}

}  // namespace

std::string MakeKey(std::uint64_t number, Rng& rng) {
  const std::string name = std::to_string(number);
  switch (rng.Uniform(8)) {
    case 0:
      return name;
    case 1:
      return "user/" + name + "?a=b&c=%2F d+e";
    case 2:
      return "schl\xc3\xbcssel-" + name;
    case 3: {
      // Any bytes, the number in front of the first NUL.
      std::string key = name + '\0';
      AddAnyBytes(key, 1 + rng.Uniform(24), rng);
      return key;
    }
    case 4:
      if (rng.Chance(1, 16)) {
        std::string key = "long-" + name + '\0';
        AddAnyBytes(key, kMostKeyBytes - key.size(), rng);
        return key;
      }
      return "get/" + name;
    default:
      return "key-" + name;
  }
}

std::string MakeValue(std::uint64_t write, std::size_t most, Rng& rng) {
  std::string value = "w" + std::to_string(write) + ":";
  VF_CHECK(value.size() <= most, "room for the name of a write");
  const std::uint64_t shape = rng.Uniform(16);
  std::size_t size = value.size() + rng.Uniform(std::min<std::size_t>(32, most));
  if (shape == 0) size = most;
  if (shape == 1) size = value.size() + rng.Uniform(most);
  AddAnyBytes(value, std::min(size, most) - value.size(), rng);
  return value;
}

}  // namespace vf::sim
