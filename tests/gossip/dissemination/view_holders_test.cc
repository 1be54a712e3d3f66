#include "gossip/dissemination/view_holders.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

constexpr TimePoint kNow{seconds(100)};

TEST(ViewHoldersTest, WhoWasHeardOfLongestAgoMakesRoom) {
  ViewHolders holders;
  for (MemberKey key = 1; key <= ViewHolders::kLimit; ++key) {
    holders.OnHeard(kNow + milliseconds(static_cast<int>(key)), key);
  }
  holders.OnHeard(kNow + seconds(1), 1);
  holders.OnHeard(kNow + seconds(2), 1'000);
  EXPECT_EQ(holders.all().size(), ViewHolders::kLimit);
  EXPECT_TRUE(holders.Contains(1)) << "heard of again since";
  EXPECT_FALSE(holders.Contains(2));
  EXPECT_TRUE(holders.Contains(1'000));
}

TEST(ViewHoldersTest, TellWhenTheyWereHeardOfLast) {
  ViewHolders holders;
  holders.OnHeard(kNow, 7);
  holders.OnHeard(kNow + seconds(1), 7);
  ASSERT_EQ(holders.all().size(), 1u);
  EXPECT_EQ(holders.all().front().heard_at, kNow + seconds(1));
}

}  // namespace
}  // namespace vf
