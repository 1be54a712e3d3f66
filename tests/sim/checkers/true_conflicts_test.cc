#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TrueConflictsTest : public testing::Test {
 protected:
  void Shown(std::uint64_t kept, std::uint64_t lost) {
    made.history.conflicts.push_back({0, "k", kept, lost});
  }
  std::vector<std::string> Judged() { return Texts(JudgeBy(Checker::kTrueConflicts, made)); }
  MadeHistory made;
};

TEST_F(TrueConflictsTest, WritesThatMeetMayBeShown) {
  made.Write("a", 5, 1, 3);
  made.Write("b", 6, 2, 4);
  Shown(6, 5);
  EXPECT_THAT(Judged(), IsEmpty());
}

TEST_F(TrueConflictsTest, OneThatFollowsTheOtherMayNot) {
  made.Write("a", 5, 1, 2);
  made.Delete(6, 3, 4);
  Shown(6, 5);
  EXPECT_THAT(Judged(), ElementsAre(HasSubstr("shows as a conflict")));
}

TEST_F(TrueConflictsTest, OneThatWentBeforeMayNot) {
  made.Write("late clock", 9, 1, 2);
  made.Write("a", 5, 3, 4);
  Shown(9, 5);
  EXPECT_EQ(Judged().size(), 1u);
}

TEST_F(TrueConflictsTest, InsideOfACutAWriteMayLoseToOneThatWentBefore) {
  made.Write("late clock", 9, 1, 2);
  made.Write("a", 5, 3, 4);
  made.Fault("cut", 1, 3.5);
  Shown(9, 5);
  EXPECT_THAT(Judged(), IsEmpty());
}

TEST_F(TrueConflictsTest, InsideOfACutTooOneThatFollowsTheOtherMayNot) {
  made.Write("a", 5, 1, 2);
  made.Delete(6, 3, 4);
  made.Fault("cut", 1, 3.5);
  Shown(6, 5);
  EXPECT_EQ(Judged().size(), 1u);
}

TEST_F(TrueConflictsTest, NothingLosesToWhatIsOlder) {
  made.Fault("cut", 1, 3.5);
  Shown(5, 6);
  EXPECT_THAT(Judged(), IsEmpty()) << "of a key that nobody wrote nothing is known";
  made.UnknownWrite("a", 1, 2);
  EXPECT_THAT(Judged(), ElementsAre(HasSubstr("lost to an older one")));
}

TEST_F(TrueConflictsTest, OfTwoWritesOfOneVersionEitherMayBeMeant) {
  made.Write("a", 5, 1, 3);
  made.Write("b", 5, 2, 4);
  Shown(5, 5);
  EXPECT_THAT(Judged(), IsEmpty());
}

TEST_F(TrueConflictsTest, OfTwoWritesOfOneVersionTheLesserCannotHaveBeenKept) {
  made.Write("a", 5, 1, 2).frontend = 1;
  made.Write("b", 5, 3, 4);
  Shown(5, 5);
  EXPECT_THAT(Judged(), IsEmpty()) << "b lost to a third one, of which no client knows";
  made.history.operations.front().value = "c";
  EXPECT_EQ(Judged().size(), 1u);
}

TEST_F(TrueConflictsTest, WhatNoClientKnowsOfIsNotJudged) {
  made.Write("a", 5, 1, 2);
  made.UnknownWrite("b", 3, 4);
  Shown(6, 5);
  Shown(5, 4);
  EXPECT_THAT(Judged(), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
