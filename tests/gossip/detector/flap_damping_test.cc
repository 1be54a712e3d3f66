#include "gossip/detector/flap_damping.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
constexpr MemberKey kA = 7;

// membership.md 2.5: in steps of a 32nd half-life.
constexpr Duration kStep = FlapDamping::kHalfLife / 32;

TEST(FlapDampingTest, ThreeRefutationsADozenSecondsApartDegrade) {
  FlapDamping flaps;
  EXPECT_FALSE(flaps.OnRefuted(kNow, kA));
  EXPECT_FALSE(flaps.OnRefuted(kNow + seconds(10), kA));
  EXPECT_FALSE(flaps.IsDegraded(kA));
  EXPECT_FALSE(flaps.OnRefuted(kNow + seconds(20), kA));
  EXPECT_TRUE(flaps.OnRefuted(kNow + seconds(21), kA));
}

// A link that loses most shows several times a second; each further time would be a return.
TEST(FlapDampingTest, OfRefutationsInQuickSuccessionTheSecondDegrades) {
  FlapDamping flaps;
  EXPECT_FALSE(flaps.OnRefuted(kNow, kA));
  EXPECT_FALSE(flaps.IsDegraded(kA));
  EXPECT_TRUE(flaps.OnRefuted(kNow + milliseconds(300), kA));
  EXPECT_TRUE(flaps.IsDegraded(kA));
  EXPECT_FALSE(flaps.OnRefuted(kNow + seconds(3), kA)) << "already";
  EXPECT_EQ(flaps.degraded().size(), 1u);
}

// A flip-flop of 20 s off, 20 s on: alone by suspicions it peaks at 1,658 and is never damped.
TEST(FlapDampingTest, SlowFlappingCountsByItsDeaths) {
  FlapDamping suspected;
  FlapDamping died;
  bool degraded = false;
  for (int i = 0; i < 20; ++i) {
    const TimePoint now = kNow + i * seconds(40);
    suspected.Reuse(now);
    died.Reuse(now);
    EXPECT_FALSE(suspected.OnRefuted(now, kA));
    degraded |= died.OnReturned(now, kA);
  }
  EXPECT_TRUE(degraded);
}

TEST(FlapDampingTest, IsReusedBelow750) {
  FlapDamping flaps;
  flaps.OnRefuted(kNow, kA);
  flaps.OnReturned(kNow, kA);  // 3,000: two half-lives to 750
  ASSERT_TRUE(flaps.IsDegraded(kA));
  EXPECT_GE(flaps.NextDeadline(), kNow + seconds(60));
  EXPECT_LE(flaps.NextDeadline(), kNow + seconds(60) + kStep);
  EXPECT_TRUE(flaps.Reuse(kNow + seconds(60) - kStep).empty());
  EXPECT_EQ(flaps.Reuse(kNow + seconds(60) + kStep), std::vector<MemberKey>{kA});
  EXPECT_FALSE(flaps.IsDegraded(kA));
  EXPECT_EQ(flaps.degraded().size(), 0u);
}

TEST(FlapDampingTest, AndNotWithin30SecondsOfASuspicion) {
  FlapDamping flaps;
  for (int i = 0; i < 3; ++i) flaps.OnRefuted(kNow, kA);
  flaps.OnSuspected(kNow + seconds(50), kA);
  EXPECT_EQ(flaps.NextDeadline(), kNow + seconds(80));
  EXPECT_TRUE(flaps.Reuse(kNow + seconds(79)).empty());
  EXPECT_FALSE(flaps.Reuse(kNow + seconds(80)).empty());
}

TEST(FlapDampingTest, WhatDecayedIsForgotten) {
  FlapDamping flaps;
  flaps.OnSuspected(kNow, kA);
  EXPECT_EQ(flaps.NextDeadline(), kNever) << "accused for the first time: nothing to damp";
  for (int i = 0; i < 3; ++i) flaps.OnRefuted(kNow, kA);
  for (int i = 0; i < 3; ++i) flaps.Reuse(flaps.NextDeadline());
  EXPECT_EQ(flaps.NextDeadline(), kNever);
}

TEST(FlapDampingTest, AWildOneIsReusedTwoMinutesAfterItCameToRest) {
  FlapDamping flaps;
  for (int i = 0; i < 100; ++i) flaps.OnReturned(kNow, kA);
  EXPECT_LE(flaps.NextDeadline(), kNow + minutes(2) + kStep);
}

// Many small steps and one large one agree: what is left of a step counts the next time.
TEST(FlapDampingTest, DecayDoesNotDependOnHowOftenOneLooks) {
  FlapDamping rare;
  FlapDamping often;
  rare.OnReturned(kNow, kA);
  often.OnReturned(kNow, kA);
  for (int i = 1; i < 290; ++i) often.OnSuspected(kNow + i * milliseconds(100), kA);
  rare.OnReturned(kNow + seconds(29), kA);
  often.OnReturned(kNow + seconds(29), kA);
  EXPECT_EQ(rare.IsDegraded(kA), often.IsDegraded(kA));
  EXPECT_EQ(rare.NextDeadline(), often.NextDeadline());
}

}  // namespace
}  // namespace vf
