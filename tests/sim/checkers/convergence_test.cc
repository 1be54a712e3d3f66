#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kConvergence, made, spec);
}

TEST(ConvergenceTest, AcceptsEqualOwnersAndFigureZero) {
  MadeHistory made;
  made.Owners({Value("a", 10), Value("a", 10), Value("a", 10)});
  made.history.final_copies.push_back({9, "k", false, false, Value("old", 5)});  // no owner
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(ConvergenceTest, FindsOwnersThatDifferInAnyField) {
  const std::optional<SeenRecord> others[] = {Value("a", 11), Value("b", 10), Tombstone(10),
                                              Value("a", 10, WallMs(500)), std::nullopt};
  for (const auto& other : others) {
    MadeHistory made;
    made.Divergence(100, 1);
    made.Owners({Value("a", 10), Value("a", 10), other});
    made.LastOwner().in_sync = false;  // no excuse
    EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("process 0 holds \"a\"")));
  }
}

TEST(ConvergenceTest, FindsAFigureThatMissesADifference) {
  MadeHistory made;
  made.Divergence(100, 0);
  made.Owners({Value("a", 10), Value("a", 11)});
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("owners differ"), HasSubstr("by their bytes 1 keys")));
}

TEST(ConvergenceTest, FindsAFigureThatShowsADifferenceWhereNoneIs) {
  MadeHistory made;
  made.Divergence(90, 0);
  made.Divergence(100, 2);
  made.Owners({Value("a", 10), Value("a", 10)});
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("figure of divergence is 2")));
}

TEST(ConvergenceTest, FindsThatNoFigureWasTaken) {
  MadeHistory made;
  made.Owners({Value("a", 10)});
  made.history.divergence.clear();
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(ConvergenceTest, FindsTooFewAndTooManyOwnersIfTheirNumberIsGiven) {
  MadeHistory made;
  made.Owners({Value("a", 10), Value("a", 10)});
  JudgeSpec spec;
  spec.owners = 2;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  spec.owners = 3;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), ElementsAre(HasSubstr("2 processes own")));
  spec.owners = 1;
  EXPECT_EQ(JudgeIt(made, spec).violations.size(), 1U);
}

TEST(ConvergenceTest, WithoutConvergenceOnlyTheFigureIsJudged) {
  MadeHistory made;
  made.history.converged_at = kNotYet;
  made.Divergence(100, 1);
  made.Owners({Value("a", 10), Value("a", 11)});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Divergence(100, 0);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(ConvergenceTest, ARecordThatJustExpiredEqualsItsTombstone) {
  MadeHistory made;
  made.Owners({Value("a", 10, WallMs(100)), Tombstone(10)});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.history.final_copies[0].record->expiry_ms = WallMs(101);  // not yet
  EXPECT_EQ(JudgeIt(made).violations.size(), 2U);
}

TEST(ConvergenceTest, ATombstoneOfAnotherVersionIsADifference) {
  MadeHistory made;
  made.Divergence(100, 1);
  made.Owners({Value("a", 10, WallMs(100)), Tombstone(11)});
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(ConvergenceTest, AnOldTombstoneEqualsNothingAndAYoungOneDoesNot) {
  JudgeSpec spec;
  spec.tombstone_age = At(50);
  MadeHistory made;
  made.Owners({Tombstone(WallMs(40) << 16), std::nullopt});
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  made.history.final_copies[0].record = Tombstone(WallMs(60) << 16);
  EXPECT_EQ(JudgeIt(made, spec).violations.size(), 2U);
}

}  // namespace
}  // namespace vf::sim
