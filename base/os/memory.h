// How much memory this process may use.
#pragma once

#include <cstdint>
#include <string>

namespace vf {

// The smallest of the machine's memory and the limits of the control groups (version 1 or 2) that
// the process is in, in bytes; never 0. Files that are missing or unreadable set no limit.
// `root`: where /proc and /sys are found; tests hand in a folder of their own.
// Source: Linux, Documentation/admin-guide/cgroup-v2.rst (memory.max) and
// cgroup-v1/memory.rst (memory.limit_in_bytes).
std::uint64_t UsableMemoryBytes(const std::string& root = "");

}  // namespace vf
