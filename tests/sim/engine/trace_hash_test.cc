#include "tools/cluster-sim/engine/trace_hash.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

TraceHash Two(std::string_view first, std::string_view second) {
  TraceHash hash;
  hash.Add(TimePoint(seconds(1)), 1, 2, AsBytes(first));
  hash.Add(TimePoint(seconds(2)), 3, 4, AsBytes(second));
  return hash;
}

TEST(TraceHashTest, EachPartCounts) {
  const std::uint64_t usual = Two("ab", "c").value();
  EXPECT_EQ(Two("ab", "c").value(), usual);
  EXPECT_NE(Two("a", "bc").value(), usual);
  EXPECT_NE(Two("c", "ab").value(), usual);
  const auto one = [](int at, std::uint32_t kind, std::uint32_t target) {
    TraceHash hash;
    hash.Add(TimePoint(seconds(at)), kind, target);
    return hash.value();
  };
  EXPECT_NE(one(1, 2, 3), one(2, 2, 3));
  EXPECT_NE(one(1, 2, 3), one(1, 3, 3));
  EXPECT_NE(one(1, 2, 3), one(1, 2, 4));
  EXPECT_NE(one(1, 2, 3), one(1, 3, 2));
}

// Recorded runs are compared by it: computed with a program apart.
TEST(TraceHashTest, IsTheSameInEveryBuild) {
  EXPECT_EQ(TraceHash().value(), 0u);
  EXPECT_EQ(Two("ab", "").value(), 1'298'719'383'626'176'431u);
}

}  // namespace
}  // namespace vf::sim
