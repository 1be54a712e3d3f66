#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kNothingInvented, made, spec);
}

TEST(NothingInventedTest, AcceptsWhatWasWritten) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.UnknownWrite("b", 3, 4);
  made.Delete(12, 5, 6);
  made.Sample(1.5, 0, Value("a", 10));  // before it was acknowledged
  made.Sample(3, 0, Value("b", 11));
  made.Sample(3.5, 1, std::nullopt);
  made.Read("b", 11, 3, 3.5);
  made.Sample(7, 0, Tombstone(12));
  made.Owners({Tombstone(12), Tombstone(12)});
  const Verdict verdict = JudgeIt(made);
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.earlier_stamps, 0U);
}

TEST(NothingInventedTest, FindsAValueThatNobodyWrote) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Sample(3, 4, Value("x", 10));
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("process 4 holds \"x\"")));
}

TEST(NothingInventedTest, FindsItInAnswersAndInTheEnd) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Read("x", 10, 3, 4);
  made.Read("y", 10, 3, 4).kind = OperationKind::kLocalRead;
  made.Owners({Value("z", 10)});
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("answers with \"x\""), HasSubstr("answers with \"y\""),
                          HasSubstr("holds \"z\"")));
}

TEST(NothingInventedTest, FindsAValueOfAnotherKey) {
  MadeHistory made;
  made.Write("a", 10, 1, 2).key = "other";
  made.Sample(3, 0, Value("a", 10));
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("nobody wrote to this key")));
}

TEST(NothingInventedTest, FindsACutValue) {
  MadeHistory made;
  made.Write("abc", 10, 1, 2);
  made.Sample(3, 0, Value("ab", 10));
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NothingInventedTest, FindsTheValueOfARefusedWrite) {
  MadeHistory made;
  made.RefusedWrite("a", 1, 2);
  made.Sample(3, 0, Value("a", 10));
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("refused")));
}

TEST(NothingInventedTest, FindsAValueBeforeItWasWritten) {
  MadeHistory made;
  made.Sample(0.5, 0, Value("a", 10));
  made.Write("a", 10, 1, 2);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("before it was written")));
}

TEST(NothingInventedTest, FindsAVersionAboveTheAcknowledgedOne) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Sample(3, 0, Value("a", 11));
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("greater version")));
}

TEST(NothingInventedTest, CountsOneEarlierStampAndFindsTwo) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Sample(3, 0, Value("a", 8));
  made.Sample(4, 0, Value("a", 8));
  made.Sample(4, 1, Value("a", 10));
  const Verdict one = JudgeIt(made);
  EXPECT_THAT(Texts(one), IsEmpty());
  EXPECT_EQ(one.counts.earlier_stamps, 1U);
  made.Sample(5, 2, Value("a", 9));
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("third version")));
}

TEST(NothingInventedTest, AWriteOfUnknownOutcomeHasTwoVersionsAtMost) {
  MadeHistory made;
  made.UnknownWrite("a", 1, 2);
  made.Sample(3, 0, Value("a", 8));
  made.Sample(3, 1, Value("a", 9));
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Read("a", 10, 4, 5);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("third version")));
}

TEST(NothingInventedTest, FindsAnotherExpiry) {
  MadeHistory made;
  made.Write("a", 10, 1, 2).expiry_ms = WallMs(50);
  made.Sample(3, 0, Value("a", 10, WallMs(50)));
  made.Sample(3, 1, Value("a", 10, WallMs(50.5)));  // within what clocks and ways take
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Sample(4, 0, Value("a", 10));
  made.Sample(4, 1, Value("a", 10, WallMs(70)));
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("another expiry"), HasSubstr("another expiry")));
}

TEST(NothingInventedTest, FindsATombstoneThatNothingExplains) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Sample(3, 0, Tombstone(10));
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("no deletion or expiry explains")));
}

TEST(NothingInventedTest, FindsATombstoneBeforeItsDeletion) {
  MadeHistory made;
  made.Sample(0.5, 0, Tombstone(10));
  made.Delete(10, 1, 2);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NothingInventedTest, FindsATombstoneWithAValue) {
  MadeHistory made;
  made.Delete(10, 1, 2);
  made.Sample(3, 0, SeenRecord{10, true, 0, "a"});
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("with a value")));
}

TEST(NothingInventedTest, ADeletionOfUnknownOutcomeExplainsTwoTombstones) {
  MadeHistory made;
  made.UnknownDelete(1, 2);
  made.Sample(3, 0, Tombstone(10));
  made.Sample(3, 1, Tombstone(11));
  made.Sample(4, 1, Tombstone(11));
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Sample(5, 1, Tombstone(12));
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NothingInventedTest, ARefusedDeletionExplainsNone) {
  MadeHistory made;
  made.Delete(0, 1, 2).outcome = Outcome::kRefused;
  made.Sample(3, 0, Tombstone(10));
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NothingInventedTest, AnExpiredRecordLeavesATombstoneButNotTooEarly) {
  MadeHistory made;
  made.Write("a", 10, 1, 2).expiry_ms = WallMs(20);
  made.Sample(20.5, 0, Tombstone(10));
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Sample(15, 1, Tombstone(10));
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
  JudgeSpec spec;
  spec.clock_skew = At(6);
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
