#include "gossip/detector/local_health.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
constexpr Duration kRto = milliseconds(20);

// Lifeguard, section IV.A: 0 to 8; an answer lowers it, a failure, a refutation raises it.
TEST(LocalHealthTest, StaysBetweenHealthyAndWorst) {
  LocalHealth health;
  health.OnAnswer();
  EXPECT_EQ(health.score(), 0);
  EXPECT_EQ(health.Factor(), 1);
  for (int i = 0; i < 20; ++i) health.OnAccusation();
  EXPECT_EQ(health.score(), LocalHealth::kWorst);
  EXPECT_EQ(health.Factor(), 9);
  health.OnAnswer();
  EXPECT_EQ(health.score(), 7);
  health.SetWorst();
  EXPECT_EQ(health.score(), 8);
}

TEST(LocalHealthTest, FailureCountsOnlyWhenARelayKeptSilent) {
  LocalHealth health;
  health.OnFailure(0);
  EXPECT_EQ(health.score(), 0) << "all relays answered: the target is to blame";
  health.OnFailure(3);
  EXPECT_EQ(health.score(), 1);
}

TEST(LocalHealthTest, LagCountsAboveOneTimeoutAndTwiceAboveFour) {
  LocalHealth health;
  health.OnLag(kNow, kRto, kRto);
  EXPECT_EQ(health.score(), 0);
  health.OnLag(kNow + seconds(1), kRto + milliseconds(1), kRto);
  EXPECT_EQ(health.score(), 1);
  health.OnLag(kNow + seconds(2), 4 * kRto, kRto);
  EXPECT_EQ(health.score(), 2);
  health.OnLag(kNow + seconds(3), 4 * kRto + milliseconds(1), kRto);
  EXPECT_EQ(health.score(), 4);
}

// After a pause thousands of datagrams wait, each for almost as long as the pause took.
TEST(LocalHealthTest, OnePauseIsOneLag) {
  LocalHealth health;
  health.OnLag(kNow, seconds(2), kRto);
  EXPECT_EQ(health.score(), 2);
  for (int i = 0; i < 1'000; ++i) health.OnLag(kNow + milliseconds(i / 100), seconds(1), kRto);
  EXPECT_EQ(health.score(), 2);
  health.OnLag(kNow + seconds(2), seconds(2), kRto);
  EXPECT_EQ(health.score(), 4);
}

}  // namespace
}  // namespace vf
