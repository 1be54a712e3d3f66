#include "gossip/dissemination/direct_pushes.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace vf
