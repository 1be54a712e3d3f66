#include "tools/cluster-sim/membership/view_sizes.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace vf::sim {
namespace {

using Belief = MemberBelief;
using Sizes = std::vector<std::size_t>;

TEST(ViewSizesTest, TheFirstSizeIsOne) { EXPECT_EQ(ViewSizes(Sizes(10, 10)).different(), 1U); }

TEST(ViewSizesTest, IslandsBeginWithTheirOwnSizes) {
  ViewSizes sizes({2, 2, 3, 3, 3});
  EXPECT_EQ(sizes.different(), 2U);
  for (int i = 0; i < 3; ++i) sizes.OnBelief(0, Belief::kUnknown, Belief::kAlive, true);
  EXPECT_EQ(sizes.different(), 4U) << "3 was there before, 4 and 5 were not";
  for (int i = 0; i < 2; ++i) sizes.OnBelief(2, Belief::kUnknown, Belief::kAlive, true);
  EXPECT_EQ(sizes.different(), 4U);
}

TEST(ViewSizesTest, SuspectsAreMembersAndTheDeadAreNot) {
  ViewSizes sizes(Sizes(10, 10));
  sizes.OnBelief(0, Belief::kAlive, Belief::kSuspect, true);
  EXPECT_EQ(sizes.different(), 1U);
  sizes.OnBelief(0, Belief::kSuspect, Belief::kDead, true);
  sizes.OnBelief(1, Belief::kAlive, Belief::kDead, true);  // 9 as well
  EXPECT_EQ(sizes.different(), 2U);
  sizes.OnBelief(1, Belief::kAlive, Belief::kDead, true);
  EXPECT_EQ(sizes.different(), 3U);
}

TEST(ViewSizesTest, SizesOfSomeDoNotCount) {
  ViewSizes sizes(Sizes(10, 10));
  sizes.OnBelief(0, Belief::kAlive, Belief::kDead, false);
  EXPECT_EQ(sizes.different(), 1U);
  sizes.OnBelief(0, Belief::kAlive, Belief::kDead, true);
  EXPECT_EQ(sizes.different(), 2U);
}

TEST(ViewSizesTest, NewcomersBeginAlone) {
  ViewSizes sizes(Sizes(3, 3));
  sizes.Add();
  sizes.OnBelief(3, Belief::kUnknown, Belief::kAlive, true);  // 2
  EXPECT_EQ(sizes.different(), 2U);
}

}  // namespace
}  // namespace vf::sim
