#include "tools/cluster-sim/checkers/seen_order.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

using Order = std::strong_ordering;

TEST(SeenOrderTest, RanksVersionThenTombstoneThenBytesThenExpiry) {
  // Each is greater than the one before it.
  const SeenView rising[] = {
      {1, true, 0, {}},
      {2, false, 5, ""},
      {2, false, 0, ""},
      {2, false, 0, "a"},
      {2, false, 0, "ab"},
      {2, false, 1, "b"},
      {2, false, 0, "b"},
      {2, false, 0, "\x7f"},
      {2, false, 0, "\xff"},
      {2, true, 0, {}},
      {3, false, 9, "a"},
      {1ULL << 63, false, 0, "a"},
      {UINT64_MAX, false, 0, "a"},
  };
  for (const SeenView& a : rising) {
    for (const SeenView& b : rising) {
      EXPECT_EQ(CompareSeen(a, b), &a <=> &b) << &a - rising << " " << &b - rising;
    }
  }
}

TEST(SeenOrderTest, WritesAreComparedWithoutTheirExpiry) {
  EXPECT_EQ(CompareWrites({2, false, 5, "a"}, {2, false, 0, "a"}), Order::equal);
  EXPECT_EQ(CompareWrites({2, false, 5, "b"}, {2, false, 0, "a"}), Order::greater);
  EXPECT_EQ(CompareSeen({2, false, 5, "a"}, {2, false, 0, "a"}), Order::less);
  EXPECT_EQ(CompareSeen({2, false, 5, "a"}, {2, false, 6, "a"}), Order::less);
}

}  // namespace
}  // namespace vf::sim
