#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made) { return JudgeBy(Checker::kMembershipViews, made); }

// Three run, one has crashed, one has left.
MadeHistory Good() {
  MadeHistory made;
  made.Start(5);
  made.Life(10, 3, LifeEvent::kCrashed);
  made.Life(11, 4, LifeEvent::kLeft);
  made.Believes(2, 0, 3, BelievedState::kAlive);
  made.Believes(12, 0, 3, BelievedState::kDead);
  made.Believes(12, 1, 4, BelievedState::kLeft);
  for (const ProcessNumber process : {0U, 1U, 2U}) made.View(process, {0, 1, 2});
  return made;
}

TEST(MembershipViewsTest, AcceptsEqualAndTrueViews) {
  EXPECT_THAT(Texts(JudgeIt(Good())), IsEmpty());
}

TEST(MembershipViewsTest, FindsAMemberThatIsMissing) {
  MadeHistory made = Good();
  made.history.final_views[1].alive = {0, 1};
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("process 1 does not know as alive")));
}

TEST(MembershipViewsTest, FindsAGhost) {
  MadeHistory made = Good();
  made.history.final_views[2].alive = {0, 1, 2, 3};
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("takes for alive")));
}

TEST(MembershipViewsTest, FindsAMemberNamedTwice) {
  MadeHistory made = Good();
  made.history.final_views[2].alive = {0, 1, 2, 2};
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(MembershipViewsTest, FindsAnotherHash) {
  MadeHistory made = Good();
  made.history.final_views[2].view_hash = 8;
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("hashes of the views differ")));
}

TEST(MembershipViewsTest, FindsAProcessWithoutView) {
  MadeHistory made = Good();
  made.history.final_views.pop_back();
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("tells no view")));
}

TEST(MembershipViewsTest, FindsADeadMemberThatIsStillSuspected) {
  MadeHistory made = Good();
  made.Believes(13, 2, 3, BelievedState::kSuspect);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("process 2 believes process 3 suspect")));
}

TEST(MembershipViewsTest, WhatTheGoneBelieveDoesNotMatter) {
  MadeHistory made = Good();
  made.Believes(9, 4, 3, BelievedState::kAlive);
  made.View(3, {3}, 9);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(MembershipViewsTest, ARestartIsAProcessOfItsOwn) {
  MadeHistory made = Good();
  made.Life(20, 5, LifeEvent::kStarted);
  EXPECT_EQ(JudgeIt(made).violations.size(), 4U);  // three do not know it, and it tells nothing
  for (FinalView& view : made.history.final_views) view.alive = {0, 1, 2, 5};
  made.View(5, {5, 2, 1, 0});
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(MembershipViewsTest, IsNotJudgedWithoutConvergence) {
  MadeHistory made = Good();
  made.history.final_views.clear();
  made.history.converged_at = kNotYet;
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
