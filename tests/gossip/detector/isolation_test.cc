#include "gossip/detector/isolation.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const SwimConfig kLan = SwimConfig::Lan();
const TimePoint kNow{seconds(1000)};

class IsolationTest : public ::testing::Test {
 protected:
  // A probe every 250 ms; the number of those that changed something.
  int Probes(int count, bool answered) {
    int changes = 0;
    for (int i = 0; i < count; ++i) {
      now_ += kLan.probe_interval;
      changes += isolation_.OnProbe(now_, answered) ? 1 : 0;
    }
    return changes;
  }
  TimePoint now_ = kNow;
  Isolation isolation_{kLan};
};

TEST_F(IsolationTest, BeginsWhenLessThanHalfAnsweredForFiveSeconds) {
  EXPECT_EQ(Probes(40, true), 0);
  EXPECT_EQ(Probes(10, false), 0);
  EXPECT_FALSE(isolation_.isolated()) << "half of the last 5 s";
  EXPECT_EQ(Probes(2, false), 1);
  EXPECT_TRUE(isolation_.isolated());
}

TEST_F(IsolationTest, NeedsFiveSecondsOfWatching) {
  EXPECT_EQ(Probes(20, false), 0) << "just begun";
  EXPECT_EQ(Probes(1, false), 1);
}

TEST_F(IsolationTest, AThirdOfTheClusterMayDie) {
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(Probes(2, true), 0);
    EXPECT_EQ(Probes(1, false), 0);
  }
}

// Bad local health stretches the interval to nine times its length.
TEST_F(IsolationTest, FewProbesAreEnoughForASlowProber) {
  for (int i = 0; i < 4; ++i) {
    now_ += 9 * kLan.probe_interval;
    isolation_.OnProbe(now_, false);
  }
  EXPECT_TRUE(isolation_.isolated());
}

// And most of its probes go to those whom it has accused already: these do not count.
TEST_F(IsolationTest, TheLastFewCountHoweverLongAgoTheyWere) {
  Probes(40, true);
  now_ += 30 * kLan.probe_interval;
  EXPECT_FALSE(isolation_.OnProbe(now_, false)) << "one of three";
  now_ += 30 * kLan.probe_interval;
  EXPECT_TRUE(isolation_.OnProbe(now_, false)) << "two of three";
}

TEST_F(IsolationTest, WhatWasBeforeEverybodyWasGoneDoesNotCount) {
  Probes(18, false);
  EXPECT_FALSE(isolation_.OnNobodyLeft());
  now_ += minutes(10);
  EXPECT_EQ(Probes(20, false), 0) << "just begun";
}

TEST_F(IsolationTest, EndsWithTwoAnswersInARow) {
  Probes(30, false);
  ASSERT_TRUE(isolation_.isolated());
  EXPECT_EQ(Probes(1, true), 0);
  EXPECT_EQ(Probes(1, false), 0);
  EXPECT_EQ(Probes(1, true), 0);
  EXPECT_EQ(Probes(1, true), 1);
  EXPECT_FALSE(isolation_.isolated());
  EXPECT_EQ(Probes(20, false), 0) << "and begins anew after 5 s only";
  EXPECT_EQ(Probes(1, false), 1);
}

TEST_F(IsolationTest, EndsWhenNobodyAliveIsLeftToProbe) {
  EXPECT_FALSE(isolation_.OnNobodyLeft());
  Probes(30, false);
  EXPECT_TRUE(isolation_.OnNobodyLeft());
  EXPECT_FALSE(isolation_.isolated());
}

}  // namespace
}  // namespace vf
