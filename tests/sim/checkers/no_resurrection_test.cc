#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kNoResurrection, made, spec);
}

// "a" was written and deleted long before convergence at 90 s.
MadeHistory Deleted() {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(11, 3, 4);
  return made;
}

TEST(NoResurrectionTest, AcceptsWhatStaysDeletedAndWhatIsNewer) {
  MadeHistory made = Deleted();
  made.ReadNothing(91, 92);
  made.Sample(91, 0, Tombstone(11));
  made.UnknownWrite("b", 92, 93);
  made.Read("b", 12, 94, 95);
  made.Owners({Value("b", 12), Value("b", 12)});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(NoResurrectionTest, FindsAReadThatBringsItBack) {
  MadeHistory made = Deleted();
  made.Read("a", 10, 91, 92);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("answers with \"a\"")));
}

TEST(NoResurrectionTest, FindsALocalReadOnAnOwnerThatReturned) {
  MadeHistory made = Deleted();
  made.Read("a", 10, 91, 92).kind = OperationKind::kLocalRead;
  made.Owners({Tombstone(11)});
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NoResurrectionTest, FindsItInSamplesAndInTheEnd) {
  MadeHistory made = Deleted();
  made.Sample(91, 2, Value("a", 10));
  made.Owners({Tombstone(11), Value("a", 10)});
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("process 2 holds"), HasSubstr("process 1 holds")));
}

TEST(NoResurrectionTest, JudgesStraysOnlyOnDemand) {
  MadeHistory made = Deleted();
  made.Owners({Value("a", 10)});
  made.LastOwner().owner = false;
  made.Read("a", 10, 91, 92).kind = OperationKind::kLocalRead;
  made.Sample(91, 0, Value("a", 10)).owner = false;
  JudgeSpec spec;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  spec.judge_strays = true;
  EXPECT_EQ(JudgeIt(made, spec).violations.size(), 3U);
}

TEST(NoResurrectionTest, BeforeConvergenceOthersJudge) {
  MadeHistory made = Deleted();
  made.Read("a", 10, 89, 92);
  made.Sample(89, 0, Value("a", 10));
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.history.converged_at = kNotYet;
  made.Owners({Value("a", 10)});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(NoResurrectionTest, ADeletionUnderWayOrUnknownForbidsNothing) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.UnknownDelete(3, 4);
  made.Delete(11, 91, 93);
  made.Read("a", 10, 92, 94);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(NoResurrectionTest, FindsWhatIsOlderThanAnExpiredRecord) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 11, 3, 4).expiry_ms = WallMs(20);
  made.Read("a", 10, 91, 92);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("expired before")));
  made.history.operations[1].expiry_ms = WallMs(95);  // only after the read
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(NoResurrectionTest, ADeletionThatNobodyHoldsAnyMoreForbidsNothing) {
  MadeHistory made = Deleted();
  made.Gone(50, 11);
  made.Read("a", 10, 91, 92);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
