#include "gossip/dissemination/direct_pushes.h"

#include <gtest/gtest.h>

#include <vector>

#include "gossip/config.h"

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
const SwimConfig kLan = SwimConfig::Lan();

TEST(DirectPushesTest, StubbornOnesGoOnTheOthersGiveUp) {
  DirectPushes pushes(kLan);
  pushes.Add(kNow, 1, 50, true, 100);
  pushes.Add(kNow, 2, 51, false, 101);
  const Duration rto = milliseconds(80);
  EXPECT_EQ(pushes.TakeDue(kNow, rto).size(), 2u);
  EXPECT_TRUE(pushes.TakeDue(kNow + milliseconds(49), rto).empty());
  EXPECT_EQ(pushes.TakeDue(kNow + milliseconds(50), rto).size(), 2u);
  EXPECT_EQ(pushes.TakeDue(kNow + milliseconds(100), rto).size(), 2u);
  for (int i = 1; i < 20; ++i) {
    EXPECT_EQ(pushes.TakeDue(kNow + milliseconds(100 + 80 * i), rto).size(), 1u) << i;
  }
  EXPECT_TRUE(pushes.Waits(50));
  EXPECT_FALSE(pushes.Waits(51));
  pushes.Confirm(100, 2);
  EXPECT_TRUE(pushes.Waits(50)) << "not by somebody else";
  pushes.Confirm(100, 1);
  EXPECT_FALSE(pushes.Waits(50));
  EXPECT_EQ(pushes.NextDeadline(), kNever);
}

TEST(DirectPushesTest, WhoIsGoneIsWaitedForNoMore) {
  DirectPushes pushes(kLan);
  for (const MemberKey target : {1, 2, 3}) {
    pushes.Add(kNow, target, 50, true, 100);
    pushes.Add(kNow + milliseconds(7), target, 51, true, 101);
  }
  pushes.DropTarget(2);
  const std::vector<DirectPush> due = pushes.TakeDue(kNow, milliseconds(80));
  ASSERT_EQ(due.size(), 2u);
  EXPECT_EQ(due[0].target, 1u);
  EXPECT_EQ(due[1].target, 3u);
  EXPECT_EQ(pushes.NextDeadline(), kNow + milliseconds(7));
  pushes.DropTarget(1);
  pushes.Confirm(101, 3);
  EXPECT_EQ(pushes.NextDeadline(), kNow + kLan.direct_retry) << "of subject 50 to 3, once sent";
  pushes.Clear();
  EXPECT_EQ(pushes.NextDeadline(), kNever);
}

// After a cut all on the other side are told at once.
TEST(DirectPushesTest, OfManyThoseThatAreDueComeInOrder) {
  DirectPushes pushes(kLan);
  for (MemberKey target = 500; target > 0; --target) {
    pushes.Add(kNow + milliseconds(static_cast<int>(target % 7)), target, target, true, 9);
  }
  pushes.Add(kNow + milliseconds(20), 3, 3, true, 9);
  const std::vector<DirectPush> due = pushes.TakeDue(kNow + milliseconds(3), milliseconds(80));
  ASSERT_FALSE(due.empty());
  for (std::size_t i = 0; i < due.size(); ++i) {
    EXPECT_LE(due[i].target % 7, 3u);
    EXPECT_NE(due[i].target, 3u) << "added anew, later";
    if (i == 0) continue;
    EXPECT_LT(due[i - 1].target, due[i].target);
  }
  EXPECT_EQ(pushes.NextDeadline(), kNow + milliseconds(4));
}

}  // namespace
}  // namespace vf
