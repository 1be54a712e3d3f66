// Bounds of what a cluster may be founded with. They bound lists, tables and frames everywhere.
#pragma once

namespace vf {

inline constexpr int kMaxReplicas = 32;        // K is 1 to this
inline constexpr int kMinPartitionDigits = 1;  // N
inline constexpr int kMaxPartitionDigits = 4;

}  // namespace vf
