#include "gossip/detector/accuser_scores.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};
constexpr MemberKey kBad = 1;

TEST(AccuserScoresTest, MoreThanHalfRefutedOfAtLeastThreeDiscredits) {
  AccuserScores scores;
  for (MemberKey subject = 10; subject < 12; ++subject) {
    scores.OnAccusation(kNow, kBad, subject);
    scores.OnRefuted(subject);
  }
  EXPECT_FALSE(scores.IsDiscredited(kNow, kBad)) << "of two nothing can be told";
  scores.OnAccusation(kNow, kBad, 12);
  EXPECT_TRUE(scores.IsDiscredited(kNow, kBad)) << "two of three";
  scores.OnAccusation(kNow, kBad, 13);
  scores.OnEnded(13);
  EXPECT_FALSE(scores.IsDiscredited(kNow, kBad)) << "two of four";
  EXPECT_FALSE(scores.IsDiscredited(kNow, 2));
}

TEST(AccuserScoresTest, OnlyTheLastMinuteCounts) {
  AccuserScores scores;
  for (MemberKey subject = 10; subject < 13; ++subject) {
    scores.OnAccusation(kNow, kBad, subject);
    scores.OnRefuted(subject);
  }
  EXPECT_TRUE(scores.IsDiscredited(kNow + seconds(60), kBad));
  EXPECT_FALSE(scores.IsDiscredited(kNow + seconds(61), kBad));
}

// An accusation comes by many ways; it counts once until it is settled.
TEST(AccuserScoresTest, RepeatedAccusationsAreOne) {
  AccuserScores scores;
  for (int i = 0; i < 5; ++i) scores.OnAccusation(kNow, kBad, 10);
  scores.OnRefuted(10);
  EXPECT_FALSE(scores.IsDiscredited(kNow, kBad));
  for (int i = 0; i < 2; ++i) {
    scores.OnAccusation(kNow, kBad, 10);
    scores.OnRefuted(10);
  }
  EXPECT_TRUE(scores.IsDiscredited(kNow, kBad));
}

TEST(AccuserScoresTest, EveryAccuserOfARefutedMemberWasWrong) {
  AccuserScores scores;
  for (MemberKey subject = 10; subject < 13; ++subject) {
    for (MemberKey accuser = 1; accuser < 4; ++accuser) {
      scores.OnAccusation(kNow, accuser, subject);
    }
    scores.OnRefuted(subject);
  }
  for (MemberKey accuser = 1; accuser < 4; ++accuser) {
    EXPECT_TRUE(scores.IsDiscredited(kNow, accuser));
  }
}

// A probe on one reporter's word says nothing about what others accuse the same member of.
TEST(AccuserScoresTest, WhatOneSaidCanBeRefutedAlone) {
  AccuserScores scores;
  for (MemberKey subject = 10; subject < 13; ++subject) {
    scores.OnAccusation(kNow, kBad, subject);
    scores.OnAccusation(kNow, 2, subject);
    scores.OnRefuted(subject, kBad);
  }
  EXPECT_TRUE(scores.IsDiscredited(kNow, kBad));
  EXPECT_FALSE(scores.IsDiscredited(kNow, 2));
  scores.OnRefuted(10, 77);
  for (MemberKey subject = 10; subject < 13; ++subject) scores.OnRefuted(subject);
  EXPECT_TRUE(scores.IsDiscredited(kNow, 2)) << "its own accusations were still open";
}

TEST(AccuserScoresTest, WhatStaysUnclearDiscreditsNobody) {
  AccuserScores scores;
  for (MemberKey subject = 10; subject < 20; ++subject) {
    scores.OnAccusation(kNow, kBad, subject);
    scores.OnUnclear(subject, kBad);
    scores.OnRefuted(subject);
  }
  EXPECT_FALSE(scores.IsDiscredited(kNow, kBad));
}

TEST(AccuserScoresTest, LimitsHold) {
  AccuserScores scores;
  for (MemberKey accuser = 1; accuser <= AccuserScores::kMaxAccusers + 10; ++accuser) {
    for (MemberKey subject = 10'000; subject < 10'003; ++subject) {
      scores.OnAccusation(kNow, accuser, subject);
    }
  }
  for (MemberKey subject = 10'000; subject < 10'003; ++subject) scores.OnRefuted(subject);
  EXPECT_TRUE(scores.IsDiscredited(kNow, AccuserScores::kMaxAccusers));
  EXPECT_FALSE(scores.IsDiscredited(kNow, AccuserScores::kMaxAccusers + 1)) << "not scored";
  const TimePoint later = kNow + seconds(61);
  for (MemberKey subject = 10'000; subject < 10'000 + 2 * AccuserScores::kMaxEach; ++subject) {
    scores.OnAccusation(later, 5'000, subject);
    scores.OnRefuted(subject);
  }
  EXPECT_TRUE(scores.IsDiscredited(later, 5'000)) << "the silent made room";
}

}  // namespace
}  // namespace vf
