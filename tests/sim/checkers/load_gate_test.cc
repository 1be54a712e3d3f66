#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kLoadGate, made, spec);
}

// One of each kind successful, at 1 s.
MadeHistory Busy() {
  MadeHistory made;
  made.Write("a", 10, 1, 1.1);
  made.Delete(11, 1.2, 1.3);
  made.ReadNothing(1.4, 1.5);
  return made;
}

TEST(LoadGateTest, AcceptsHalf) {
  MadeHistory made = Busy();
  for (int i = 0; i < 3; ++i) made.UnknownWrite("b", 2, 3);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.RefusedWrite("c", 2, 3);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("of 7 operations")));
}

TEST(LoadGateTest, AFailedReadCountsAndAnUnansweredOneToo) {
  MadeHistory made = Busy();
  for (int i = 0; i < 3; ++i) made.ReadNothing(2, 3).outcome = Outcome::kUnknown;
  made.UnknownWrite("b", 2, 3).ended = kNotYet;
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(LoadGateTest, FailuresInsideOfFaultsAndTheirGraceAreExcused) {
  MadeHistory made = Busy();
  made.Fault("process-crash", 20, 21);
  for (int i = 0; i < 9; ++i) made.UnknownWrite("b", 19, 20.5);
  for (int i = 0; i < 9; ++i) made.UnknownWrite("b", 25.5, 27);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  for (int i = 0; i < 9; ++i) made.UnknownWrite("b", 26.5, 27);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(LoadGateTest, BeforeTheWorkloadNothingIsCounted) {
  MadeHistory made = Busy();
  for (int i = 0; i < 9; ++i) made.RefusedWrite("b", 0, 0.1);
  made.history.workload_began = At(0.5);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(LoadGateTest, FindsAKindThatIsMissing) {
  EXPECT_THAT(Texts(JudgeIt(MadeHistory())),
              ElementsAre(HasSubstr("0 successful writes"), HasSubstr("0 successful deletes"),
                          HasSubstr("0 successful reads")));
  JudgeSpec spec;
  spec.least_deletes = 0;
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.ReadNothing(1, 2);
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
}

TEST(FaultsStruckTest, AsksOfAFaultOfChanceNoMoreThanItsChances) {
  MadeHistory made;
  made.Fault("loss", 20, 23).struck = 0;
  made.history.faults.back().expected = 3;
  EXPECT_THAT(Texts(JudgeBy(Checker::kFaultsStruck, made)), IsEmpty());
  made.history.faults.back().expected = 30;
  EXPECT_THAT(Texts(JudgeBy(Checker::kFaultsStruck, made)), ElementsAre(HasSubstr("never struck")));
}

TEST(FaultsStruckTest, AResetOfWhoOwnsNothingStrikesNothing) {
  MadeHistory made;
  made.Fault("reset", 20, 20).struck = 0;
  EXPECT_EQ(JudgeBy(Checker::kFaultsStruck, made).violations.size(), 1U);
  made.history.faults.back().idle = true;
  EXPECT_THAT(Texts(JudgeBy(Checker::kFaultsStruck, made)), IsEmpty());
}

TEST(FaultsStruckTest, FindsAFaultThatNeverStruck) {
  MadeHistory made;
  made.Fault("cut", 20, 21);
  EXPECT_THAT(Texts(JudgeBy(Checker::kFaultsStruck, made)), IsEmpty());
  made.Fault("pause", 22, 23).struck = 0;
  EXPECT_THAT(Texts(JudgeBy(Checker::kFaultsStruck, made)),
              ElementsAre(HasSubstr("fault pause until 23.000000s: it never struck")));
}

}  // namespace
}  // namespace vf::sim
