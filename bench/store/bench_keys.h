// The keys that the benchmarks of stores use, and the memory that the process takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/key_hash.h"

namespace vf {

inline constexpr Partition kPartitions = 256;

inline std::string KeyOf(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx", static_cast<unsigned long long>(number));
  return text;
}
inline Partition PartitionOf(std::uint64_t number) {
  return static_cast<Partition>(number % kPartitions);
}

inline std::size_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t pages = 0, resident = 0;
  statm >> pages >> resident;
  return resident * 4096;
}

}  // namespace vf
