#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kAckedWrites, made, spec);
}

TEST(AckedWritesTest, AcceptsTheGreatestAcknowledgedRecordOnEachOwner) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 9, 1, 3);  // concurrent, and lower
  made.Owners({Value("a", 10), Value("a", 10), Value("a", 10)});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(AckedWritesTest, AcceptsAGreaterRecordOfUnknownOutcome) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.UnknownWrite("b", 3, 4);
  made.Owners({Value("b", 11), Value("b", 11)});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(AckedWritesTest, FindsAnOlderRecordOnOneOwner) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 11, 3, 4);
  made.Owners({Value("b", 11), Value("a", 10), Value("b", 11)});
  const Verdict verdict = JudgeIt(made);
  EXPECT_THAT(Texts(verdict), ElementsAre(HasSubstr("process 1, an owner in sync, holds \"a\"")));
  EXPECT_EQ(verdict.violations[0].checker, "acked_writes");
  EXPECT_EQ(verdict.violations[0].key, "k");
  EXPECT_THAT(verdict.violations[0].trace, ::testing::Not(IsEmpty()));
}

TEST(AckedWritesTest, FindsTheWrongSideOfAnEqualVersion) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 10, 1, 2);
  made.Owners({Value("a", 10)});
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("\"b\"")));
}

TEST(AckedWritesTest, FindsAValueWhereTheDeletionOfTheSameVersionWins) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(10, 1, 2);
  made.Owners({Value("a", 10)});
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("tombstone")));
}

TEST(AckedWritesTest, FindsNothingOnAnOwner) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Owners({Value("a", 10), std::nullopt});
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("process 1, an owner in sync, holds nothing")));
}

TEST(AckedWritesTest, FindsAKeyThatNobodyHolds) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("no process holds it")));
}

TEST(AckedWritesTest, FindsAKeyThatNobodyOwns) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Owners({Value("a", 10)});
  made.LastOwner().owner = false;
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("no process owns the key")));
}

TEST(AckedWritesTest, AnOwnerThatIsNotInSyncMayLackIt) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Owners({Value("a", 10), std::nullopt});
  made.LastOwner().in_sync = false;
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(AckedWritesTest, WithNobodyInSyncAllOwnersAreJudged) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Owners({Value("a", 10), std::nullopt});
  for (FinalCopy& copy : made.history.final_copies) copy.in_sync = false;
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
  made.history.converged_at = kNotYet;  // then one that has it is enough
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.history.final_copies[0].record.reset();
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(AckedWritesTest, RefusedAndUnknownWritesNeedNotBeThere) {
  MadeHistory made;
  made.UnknownWrite("a", 1, 2);
  made.RefusedWrite("b", 3, 4);
  made.Owners({std::nullopt});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(AckedWritesTest, CountsWhatItsLastHolderTookAlong) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Gone(50, 10);
  made.Owners({std::nullopt});
  const Verdict verdict = JudgeIt(made);
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.excused_losses, 1U);
}

TEST(AckedWritesTest, CountsNoLossIfTheRecordIsThereAfterAll) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Gone(50, 10);
  made.Owners({Value("a", 10)});
  EXPECT_EQ(JudgeIt(made).counts.excused_losses, 0U);
}

TEST(AckedWritesTest, ExcusesNothingInAModeThatKeepsData) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Gone(50, 10);
  made.Owners({std::nullopt});
  JudgeSpec spec;
  spec.excuse_last_holders = false;
  EXPECT_EQ(JudgeIt(made, spec).violations.size(), 1U);
}

TEST(AckedWritesTest, ALossExcusesNoLaterAndNoGreaterWrite) {
  MadeHistory later;
  later.Write("a", 10, 1, 2);
  later.Gone(50, 10);
  later.Write("b", 9, 51, 52);
  later.Owners({std::nullopt});
  const Verdict verdict = JudgeIt(later);
  EXPECT_THAT(Texts(verdict), ElementsAre(HasSubstr("\"b\"")));
  EXPECT_EQ(verdict.counts.excused_losses, 1U);

  MadeHistory greater;
  greater.Write("a", 10, 1, 2);
  greater.Write("b", 11, 3, 4);
  greater.Gone(50, 10);
  greater.Owners({std::nullopt});
  EXPECT_THAT(Texts(JudgeIt(greater)), ElementsAre(HasSubstr("\"b\"")));
}

TEST(AckedWritesTest, ADeletionMayBeForgottenOnceItIsOld) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(11, 3, 4);
  made.Owners({std::nullopt, Tombstone(11)});
  JudgeSpec spec;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), ElementsAre(HasSubstr("holds nothing")));
  spec.tombstone_age = At(50);
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
}

TEST(AckedWritesTest, AnOldDeletionStillForbidsTheOlderValue) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(11, 3, 4);
  made.Owners({Value("a", 10)});
  JudgeSpec spec;
  spec.tombstone_age = At(50);
  EXPECT_EQ(JudgeIt(made, spec).violations.size(), 1U);
}

TEST(AckedWritesTest, AnExpiredRecordIsATombstoneOfItsVersion) {
  MadeHistory made;
  made.Write("a", 10, 1, 2).expiry_ms = WallMs(20);
  made.Owners({Tombstone(10), std::nullopt});
  JudgeSpec spec;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), ElementsAre(HasSubstr("process 1")));
  spec.tombstone_age = At(50);
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  made.history.operations[0].expiry_ms = WallMs(200);  // not expired yet
  EXPECT_THAT(Texts(JudgeIt(made, spec)), ElementsAre(HasSubstr("process 1")));
}

}  // namespace
}  // namespace vf::sim
