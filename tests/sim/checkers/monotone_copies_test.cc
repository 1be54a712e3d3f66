#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kMonotoneCopies, made, spec);
}

TEST(MonotoneCopiesTest, AcceptsCopiesThatRise) {
  MadeHistory made;
  made.Sample(1, 0, std::nullopt);
  made.Sample(2, 0, Value("a", 10));
  made.Sample(3, 0, Value("a", 10));
  made.Sample(4, 0, Value("b", 10));
  made.Sample(5, 0, Tombstone(10));
  made.Sample(6, 0, Value("a", 11));
  made.Sample(6, 1, Value("a", 3));  // another process
  made.Sample(7, 0, Value("a", 3)).key = "other";
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(MonotoneCopiesTest, FindsEachWayDown) {
  const std::optional<SeenRecord> lower[] = {std::nullopt, Value("b", 9), Value("a", 10),
                                             Value("b", 10, WallMs(500)), Tombstone(9)};
  for (const auto& record : lower) {
    MadeHistory made;
    made.Sample(2, 3, Value("b", 10));
    made.Sample(2, 4, Value("b", 10));
    made.Sample(3, 3, record);
    EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("process 3 holds ")));
  }
}

TEST(MonotoneCopiesTest, FindsATombstoneThatBecomesAValueOrIsForgotten) {
  MadeHistory made;
  made.Sample(2, 0, Tombstone(10));
  made.Sample(3, 0, Value("z", 10));
  made.Sample(4, 1, Tombstone(10));
  made.Sample(5, 1, std::nullopt);
  EXPECT_EQ(JudgeIt(made).violations.size(), 2U);
}

TEST(MonotoneCopiesTest, ARestartedProcessBeginsAnewUnlessItFoundItsData) {
  MadeHistory made;
  made.Start(1);
  made.Sample(2, 0, Value("a", 10));
  made.Life(3, 0, LifeEvent::kCrashed);
  ProcessEvent& second = made.Life(4, 1, LifeEvent::kStarted);
  made.Sample(5, 1, std::nullopt);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  second.continues = 0;
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("as process 0")));
  made.history.samples.back().record = Value("a", 10);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(MonotoneCopiesTest, TwoRestartsWithoutASampleInBetweenGoOn) {
  MadeHistory made;
  made.Start(1);
  made.Sample(2, 0, Value("a", 10));
  made.Life(4, 1, LifeEvent::kStarted).continues = 0;
  made.Life(5, 2, LifeEvent::kStarted).continues = 1;
  made.Sample(6, 2, Value("a", 9));
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(MonotoneCopiesTest, ADroppedCopyBeginsAnew) {
  for (const DropReason why : {DropReason::kHandedOver, DropReason::kAway}) {
    MadeHistory made;
    made.Sample(2, 0, Value("a", 10));
    made.Dropped(2, 0, why);
    made.Sample(3, 0, std::nullopt);
    made.Sample(4, 0, Value("a", 9));
    EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
    made.Sample(5, 0, std::nullopt);
    EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
  }
}

TEST(MonotoneCopiesTest, ADropOfAnotherProcessOrMomentExcusesNothing) {
  MadeHistory made;
  made.Sample(2, 0, Value("a", 10));
  made.Dropped(1, 0, DropReason::kHandedOver);
  made.Dropped(2.5, 1, DropReason::kHandedOver);
  made.Dropped(3.5, 0, DropReason::kHandedOver);
  made.Sample(3, 0, std::nullopt);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(MonotoneCopiesTest, TheTombstoneRuleDropsTombstonesOnly) {
  MadeHistory made;
  made.Sample(2, 0, Tombstone(10));
  made.Dropped(2, 0, DropReason::kOldTombstone);
  made.Sample(3, 0, std::nullopt);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.history.samples[0].record = Value("a", 10);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
  made.history.samples[0].record = Value("a", 10, WallMs(1));  // expired
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
