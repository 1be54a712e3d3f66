#include "gossip/dissemination/view_difference.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const TimePoint kNow{seconds(1'000)};
const SwimConfig kLan = SwimConfig::Lan();
constexpr MemberKey kA = 1;
constexpr MemberKey kB = 2;
const ViewDifference::Own kQuiet = {7, 10, 0, false, false};

TEST(ViewDifferenceTest, IsLookedIntoAfterAWhile) {
  ViewDifference difference(kLan);
  EXPECT_EQ(difference.NextDeadline(), kNever);
  difference.OnDifference(kNow, kA, 10, kQuiet);
  difference.OnDifference(kNow + milliseconds(500), kB, 10, kQuiet);
  EXPECT_EQ(difference.NextDeadline(), kNow + seconds(1));
  EXPECT_EQ(difference.TakeDue(kNow + milliseconds(999), kQuiet), kNoMember);
  EXPECT_EQ(difference.TakeDue(kNow + seconds(1), kQuiet), kA) << "the first one";
  EXPECT_EQ(difference.NextDeadline(), kNever);
}

TEST(ViewDifferenceTest, OfAMemberThatKnowsMoreIsLookedIntoSooner) {
  ViewDifference difference(kLan);
  difference.OnDifference(kNow, kA, 10, kQuiet);
  difference.OnDifference(kNow, kB, 11, kQuiet);
  EXPECT_EQ(difference.NextDeadline(), kNow + milliseconds(250));
  ViewDifference::Own busy = kQuiet;
  busy.news = 1;
  EXPECT_EQ(difference.TakeDue(kNow + milliseconds(250), busy), kB)
      << "no news of ours explains it";
}

TEST(ViewDifferenceTest, EndsWithAgreementWithThatMember) {
  ViewDifference difference(kLan);
  difference.OnDifference(kNow, kA, 10, kQuiet);
  difference.OnAgreement(kB);
  EXPECT_NE(difference.NextDeadline(), kNever);
  difference.OnAgreement(kA);
  EXPECT_EQ(difference.NextDeadline(), kNever);
  difference.OnDifference(kNow, kA, 10, kQuiet);
  difference.Forget(kA);
  EXPECT_EQ(difference.TakeDue(kNow + seconds(1), kQuiet), kNoMember);
}

TEST(ViewDifferenceTest, WaitsForQueuedNewsButNotForEver) {
  ViewDifference difference(kLan);
  ViewDifference::Own busy = kQuiet;
  busy.news = 3;
  difference.OnDifference(kNow, kA, 10, busy);
  TimePoint now = difference.NextDeadline();
  while (difference.TakeDue(now, busy) == kNoMember) {
    ASSERT_EQ(difference.NextDeadline(), now + kLan.repair_interval);
    now = difference.NextDeadline();
  }
  EXPECT_EQ(now, kNow + seconds(5));
}

TEST(ViewDifferenceTest, WaitsForTheEndOfARushAndNotForItsNews) {
  ViewDifference difference(kLan);
  const ViewDifference::Own rush = {7, 10, 500, true, true};
  difference.OnDifference(kNow, kA, 10, rush);
  const TimePoint soon = kNow + milliseconds(125);
  EXPECT_EQ(difference.NextDeadline(), soon);
  EXPECT_EQ(difference.TakeDue(soon, rush), kNoMember);
  const ViewDifference::Own after = {8, 12, 500, false, true};
  EXPECT_EQ(difference.TakeDue(soon + kLan.repair_interval, after), kA);
}

TEST(ViewDifferenceTest, OfAnOlderViewSaysLittleButNotForEver) {
  ViewDifference difference(kLan);
  TimePoint now = kNow;
  ViewDifference::Own own = kQuiet;
  for (int i = 0; i < 4; ++i) {
    difference.OnDifference(now, kA, 10, own);
    ++own.view_hash;
    now += seconds(1);
    EXPECT_EQ(difference.TakeDue(now, own), kNoMember);
  }
  difference.OnDifference(now, kA, 10, own);
  ++own.view_hash;
  EXPECT_EQ(difference.TakeDue(now + seconds(1), own), kA);
}

}  // namespace
}  // namespace vf
