#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kSyncCompletes, made, spec);
}

JudgeSpec Within(double seconds) {
  JudgeSpec spec;
  spec.sync_bound = At(seconds);
  return spec;
}

TEST(SyncCompletesTest, AcceptsDivergenceZeroWithinItsBound) {
  MadeHistory made;  // faults end at 60 s
  made.Divergence(59, 3);
  made.Divergence(64, 1);
  made.Divergence(65, 0);
  EXPECT_THAT(Texts(JudgeIt(made, Within(5))), IsEmpty());
  EXPECT_THAT(Texts(JudgeIt(made, Within(4.9))), ElementsAre(HasSubstr("last 1 at 64.000000s")));
}

TEST(SyncCompletesTest, ZeroBeforeTheLastFaultEndsIsNotEnough) {
  MadeHistory made;
  made.Divergence(59, 0);
  EXPECT_THAT(Texts(JudgeIt(made, Within(5))), ElementsAre(HasSubstr("no figure was taken")));
  made.Divergence(65, 0);
  made.Fault("cut", 50, 70);
  EXPECT_EQ(JudgeIt(made, Within(5)).violations.size(), 1U);
}

TEST(SyncCompletesTest, ABoundThatEndsAfterTheRunIsNotJudged) {
  MadeHistory made;
  EXPECT_THAT(Texts(JudgeIt(made, Within(41))), IsEmpty());
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

// Process 0 owns and is in sync; process 1 says that it is, at 20 s, by passes since 15 s.
MadeHistory Report(std::optional<SeenRecord> needed, std::optional<SeenRecord> held) {
  MadeHistory made;
  made.Start(2);
  made.Sample(14, 0, std::move(needed));
  made.Sample(14, 1, std::nullopt).in_sync = false;
  made.Sample(20, 1, std::move(held));
  made.InSync(15, 20, 1, {0});
  return made;
}

TEST(SyncCompletesTest, AcceptsACopyThatHasWhatTheOthersHadOrMore) {
  EXPECT_THAT(Texts(JudgeIt(Report(Value("a", 10), Value("a", 10)))), IsEmpty());
  EXPECT_THAT(Texts(JudgeIt(Report(Value("a", 10), Tombstone(11)))), IsEmpty());
  EXPECT_THAT(Texts(JudgeIt(Report(std::nullopt, std::nullopt))), IsEmpty());
  EXPECT_THAT(Texts(JudgeIt(Report(Tombstone(10), Value("a", 10, WallMs(5))))), IsEmpty());
}

TEST(SyncCompletesTest, FindsACopyThatLacksSomething) {
  EXPECT_THAT(Texts(JudgeIt(Report(Value("a", 10), std::nullopt))),
              ElementsAre(HasSubstr("holds nothing; process 0, an owner in sync, held \"a\"")));
  EXPECT_EQ(JudgeIt(Report(Value("b", 10), Value("a", 10))).violations.size(), 1U);
  EXPECT_EQ(JudgeIt(Report(Tombstone(WallMs(10) << 16), Value("a", 10))).violations.size(), 1U);
}

TEST(SyncCompletesTest, FindsAReportWithoutASample) {
  MadeHistory made = Report(Value("a", 10), std::nullopt);
  made.history.samples.pop_back();
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("no sample says")));
}

TEST(SyncCompletesTest, OldTombstonesNeedNotTravel) {
  JudgeSpec spec;
  spec.tombstone_age = At(10);
  EXPECT_THAT(Texts(JudgeIt(Report(Tombstone(WallMs(5) << 16), std::nullopt), spec)), IsEmpty());
  EXPECT_EQ(JudgeIt(Report(Tombstone(WallMs(12) << 16), std::nullopt), spec).violations.size(), 1U);
}

TEST(SyncCompletesTest, WhatCameAfterThePassesBeganNeedNotBeThere) {
  MadeHistory made = Report(std::nullopt, std::nullopt);
  made.Sample(16, 0, Value("a", 10));
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(SyncCompletesTest, OnlyOwnersInSyncWithAPassThatStillRunCount) {
  for (const int change : {0, 1, 2, 3}) {
    MadeHistory made = Report(Value("a", 10), std::nullopt);
    if (change == 0) made.history.samples[0].owner = false;
    if (change == 1) made.history.samples[0].in_sync = false;
    if (change == 2) made.Life(17, 0, LifeEvent::kCrashed);
    if (change == 3) made.history.sync_reports[0].passed = {2};
    EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty()) << change;
  }
}

}  // namespace
}  // namespace vf::sim
