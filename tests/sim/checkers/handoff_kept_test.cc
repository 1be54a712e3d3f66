#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kHandoffKept, made, spec);
}

// Process 2, a fallback, held "a" and drops it at 20 s; processes 0 and 1 own the key.
MadeHistory Handoff(std::optional<SeenRecord> first, std::optional<SeenRecord> second) {
  MadeHistory made;
  made.Start(3);
  made.Sample(20, 0, std::move(first));
  made.Sample(20, 1, std::move(second));
  made.Sample(20, 2, Value("a", 10)).owner = false;
  made.Dropped(20, 2, DropReason::kHandedOver).owners = {0, 1};
  return made;
}

TEST(HandoffKeptTest, AcceptsADropOfWhatEachOwnerHas) {
  EXPECT_THAT(Texts(JudgeIt(Handoff(Value("a", 10), Tombstone(11)))), IsEmpty());
}

TEST(HandoffKeptTest, FindsADropThatAnOwnerMisses) {
  EXPECT_THAT(Texts(JudgeIt(Handoff(Value("a", 10), std::nullopt))),
              ElementsAre(HasSubstr("process 1, an owner, holds nothing")));
  EXPECT_THAT(Texts(JudgeIt(Handoff(Value("z", 9), Value("a", 10)))),
              ElementsAre(HasSubstr("process 0, an owner, holds \"z\"")));
}

TEST(HandoffKeptTest, FindsADropWithoutOwners) {
  MadeHistory made = Handoff(Value("a", 10), Value("a", 10));
  made.history.drops[0].owners.clear();
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("no other process owns")));
}

TEST(HandoffKeptTest, FindsADropByAnOwner) {
  MadeHistory made = Handoff(Value("a", 10), Value("a", 10));
  made.history.samples[2].owner = true;
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("it owns the key itself")));
}

TEST(HandoffKeptTest, ItIsTooLateToHaveItLater) {
  MadeHistory made = Handoff(Value("a", 10), std::nullopt);
  made.history.samples[1].at = At(19);
  made.Sample(21, 1, Value("a", 10));
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(HandoffKeptTest, AnOwnerThatWasNeverLookedAtHasNothing) {
  MadeHistory made = Handoff(Value("a", 10), Value("a", 10));
  made.history.samples.erase(made.history.samples.begin() + 1);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("process 1, an owner, holds nothing")));
}

TEST(HandoffKeptTest, WhoBelievesToOwnItUnknownToTheProcessNeedNotHaveIt) {
  MadeHistory made = Handoff(Value("a", 10), std::nullopt);
  made.history.drops[0].owners = {0};
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(HandoffKeptTest, ACrashedOwnerNeedNotHaveIt) {
  MadeHistory made = Handoff(Value("a", 10), std::nullopt);
  made.Life(15, 1, LifeEvent::kCrashed);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(HandoffKeptTest, NothingAndOldTombstonesMayGo) {
  MadeHistory made = Handoff(std::nullopt, std::nullopt);
  made.history.samples[2].record.reset();
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.history.samples[2].record = Tombstone(WallMs(5) << 16);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
  JudgeSpec spec;
  spec.tombstone_age = At(10);
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
}

TEST(HandoffKeptTest, OtherReasonsAreJudgedElsewhere) {
  MadeHistory made = Handoff(std::nullopt, std::nullopt);
  made.history.drops[0].why = DropReason::kAway;
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
