#include "base/os/memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string_view>

namespace vf {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// The number a file begins with. "max" (version 2: no limit) and everything else: none.
std::optional<std::uint64_t> ReadNumber(const std::string& path) {
  std::ifstream in(path);
  std::uint64_t value = 0;
  if (!(in >> value) || value == 0) return std::nullopt;
  return value;
}

std::uint64_t MachineBytes(const std::string& root) {
  std::ifstream in(root + "/proc/meminfo");
  std::string name;
  std::uint64_t kib = 0;
  while (in >> name >> kib) {
    if (name == "MemTotal:") return kib * 1024;
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kNoLimit;
}

// A limit binds everything below it, so each folder from `path` up to the mount counts. Inside a
// container `path` is often not visible while the mount itself shows the container's own group.
std::uint64_t GroupLimit(const std::string& mount, std::string path, const char* file) {
  std::uint64_t least = kNoLimit;
  for (;;) {
    if (path == "/") path.clear();
    least = std::min(least, ReadNumber(mount + path + "/" + file).value_or(kNoLimit));
    if (path.empty()) return least;
    path.resize(std::min(path.rfind('/'), path.size()));
  }
}

bool ListsMemory(std::string_view controllers) {
  while (!controllers.empty()) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == "memory") return true;
    controllers.remove_prefix(comma == std::string_view::npos ? controllers.size() : comma + 1);
  }
  return false;
}

}  // namespace

std::uint64_t UsableMemoryBytes(const std::string& root) {
  std::uint64_t least = MachineBytes(root);
  std::ifstream groups(root + "/proc/self/cgroup");
  std::string line;  // number:controllers:path; version 2 has no controllers
  while (std::getline(groups, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const std::string path = line.substr(second + 1);
    if (controllers.empty()) {
      for (const char* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        least = std::min(least, GroupLimit(root + mount, path, "memory.max"));
      }
    } else if (ListsMemory(controllers)) {
      least = std::min(least,
                       GroupLimit(root + "/sys/fs/cgroup/memory", path, "memory.limit_in_bytes"));
    }
  }
  // Neither a limit nor /proc: assume a small machine rather than an endless one.
  return least == kNoLimit ? std::uint64_t{1} << 30 : least;
}

}  // namespace vf
