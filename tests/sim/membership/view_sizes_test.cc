#include "tools/cluster-sim/membership/view_sizes.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

using Belief = MemberBelief;

TEST(ViewSizesTest, TheFirstSizeIsOne) { EXPECT_EQ(ViewSizes(10).different(), 1U); }

TEST(ViewSizesTest, SuspectsAreMembersAndTheDeadAreNot) {
  ViewSizes sizes(10);
  sizes.OnBelief(0, Belief::kAlive, Belief::kSuspect, true);
  EXPECT_EQ(sizes.different(), 1U);
  sizes.OnBelief(0, Belief::kSuspect, Belief::kDead, true);
  sizes.OnBelief(1, Belief::kAlive, Belief::kDead, true);  // 9 as well
  EXPECT_EQ(sizes.different(), 2U);
  sizes.OnBelief(1, Belief::kAlive, Belief::kDead, true);
  EXPECT_EQ(sizes.different(), 3U);
}

TEST(ViewSizesTest, SizesOfSomeDoNotCount) {
  ViewSizes sizes(10);
  sizes.OnBelief(0, Belief::kAlive, Belief::kDead, false);
  EXPECT_EQ(sizes.different(), 1U);
  sizes.OnBelief(0, Belief::kAlive, Belief::kDead, true);
  EXPECT_EQ(sizes.different(), 2U);
}

TEST(ViewSizesTest, NewcomersBeginAlone) {
  ViewSizes sizes(3);
  sizes.Add();
  sizes.OnBelief(3, Belief::kUnknown, Belief::kAlive, true);  // 2
  EXPECT_EQ(sizes.different(), 2U);
}

}  // namespace
}  // namespace vf::sim
