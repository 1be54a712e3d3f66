#include "gossip/detector/busy_members.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(BusyMembersTest, EachIsLookedAtEverySecondUntilItIsRemoved) {
  BusyMembers busy;
  TimePoint now{seconds(10)};
  EXPECT_EQ(busy.NextDeadline(), kNever);
  EXPECT_TRUE(busy.Add(now, 7));
  EXPECT_TRUE(busy.Add(now + milliseconds(500), 3));
  EXPECT_EQ(busy.NextDeadline(), now + seconds(1));
  EXPECT_TRUE(busy.TakeDue(now + milliseconds(999)).empty());
  EXPECT_EQ(busy.TakeDue(now + seconds(1)), std::vector<MemberKey>{7});
  EXPECT_EQ(busy.TakeDue(now + seconds(2)), (std::vector<MemberKey>{3, 7}));
  busy.Remove(7);
  EXPECT_EQ(busy.TakeDue(now + seconds(9)), std::vector<MemberKey>{3});
}

TEST(BusyMembersTest, NoMoreThanTheMostAreKept) {
  BusyMembers busy;
  const TimePoint now{seconds(10)};
  for (MemberKey key = 1; key <= BusyMembers::kMost; ++key) EXPECT_TRUE(busy.Add(now, key));
  EXPECT_FALSE(busy.Add(now, 1'000));
  EXPECT_TRUE(busy.Add(now, 1)) << "it is one of them";
}

}  // namespace
}  // namespace vf
