#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kExpiredStaysGone, made, spec);
}

// "a" expires at 20 s.
MadeHistory Expiring() {
  MadeHistory made;
  made.Write("a", 10, 1, 2).expiry_ms = WallMs(20);
  return made;
}

TEST(ExpiredStaysGoneTest, AcceptsItUntilThenAndItsTombstoneAfterwards) {
  MadeHistory made = Expiring();
  made.Read("a", 10, 19, 22);
  made.Sample(19, 0, Value("a", 10, WallMs(20)));
  made.Sample(20.5, 0, Value("a", 10, WallMs(20)));  // the timer is about to strike
  made.Sample(22, 0, Tombstone(10));
  made.ReadNothing(30, 31);
  made.Owners({Tombstone(10), std::nullopt});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(ExpiredStaysGoneTest, FindsItInReadsEvenLocalOnes) {
  MadeHistory made = Expiring();
  made.Read("a", 10, 30, 31);
  made.Read("a", 10, 30, 31).kind = OperationKind::kLocalRead;
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("answers with"), HasSubstr("answers with")));
}

TEST(ExpiredStaysGoneTest, FindsItInSamplesAndInTheEnd) {
  MadeHistory made = Expiring();
  made.Sample(22, 0, Value("a", 10, WallMs(20)));
  made.Owners({Tombstone(10), Value("a", 10, WallMs(20))});
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("process 0 still holds"), HasSubstr("process 1 still holds")));
}

TEST(ExpiredStaysGoneTest, APausedProcessHoldsItUntilItRunsAgain) {
  MadeHistory made = Expiring();
  made.Start(2);
  made.Life(15, 0, LifeEvent::kPaused);
  made.Life(25, 0, LifeEvent::kResumed);
  made.Sample(22, 0, Value("a", 10, WallMs(20)));
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Sample(22, 1, Value("a", 10, WallMs(20)));
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(ExpiredStaysGoneTest, AllowsWhatClocksMayDiffer) {
  MadeHistory made = Expiring();
  made.Read("a", 10, 30, 31);
  JudgeSpec spec;
  spec.clock_skew = At(10);
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  spec.clock_skew = kNotYet;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  spec.clock_skew = At(5);
  EXPECT_EQ(JudgeIt(made, spec).violations.size(), 1U);
}

TEST(ExpiredStaysGoneTest, WhatNeverExpiresStays) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Read("a", 10, 30, 31);
  made.Owners({Value("a", 10), Value("a", 10, UINT64_MAX)});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
