#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kNoFalseDeath, made, spec);
}

// Processes 0 to 3; 3 crashes at 30 s and is believed dead by all within 5 s.
MadeHistory Crash() {
  MadeHistory made;
  made.Start(4);
  for (const ProcessNumber observer : {0U, 1U, 2U}) {
    made.Believes(1, observer, 3, BelievedState::kAlive);
  }
  made.Life(30, 3, LifeEvent::kCrashed);
  for (const ProcessNumber observer : {0U, 1U, 2U}) {
    made.Believes(32, observer, 3, BelievedState::kSuspect);
    made.Believes(35, observer, 3, BelievedState::kDead);
  }
  return made;
}

JudgeSpec Within(double seconds) {
  JudgeSpec spec;
  spec.detection_bound = At(seconds);
  return spec;
}

TEST(NoFalseDeathTest, AcceptsARealDeathThatIsNoticedInTime) {
  EXPECT_THAT(Texts(JudgeIt(Crash(), Within(5))), IsEmpty());
}

TEST(NoFalseDeathTest, FindsADeathOfALivingProcess) {
  for (const BelievedState state : {BelievedState::kDead, BelievedState::kLeft}) {
    MadeHistory made = Crash();
    made.Believes(29, 1, 2, state);
    EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("process 1 believes process 2 ")));
  }
}

TEST(NoFalseDeathTest, ASuspicionIsNoDeath) {
  MadeHistory made = Crash();
  made.Believes(29, 1, 2, BelievedState::kSuspect);
  made.Believes(29, 1, 2, BelievedState::kUnknown);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(NoFalseDeathTest, ADeathThatIsBelievedTooEarlyIsFalse) {
  MadeHistory made = Crash();
  made.Believes(29.9, 1, 3, BelievedState::kDead);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NoFalseDeathTest, APausedProcessMayBeTakenForDeadAlsoShortlyAfter) {
  MadeHistory made;
  made.Start(2);
  made.Life(10, 1, LifeEvent::kPaused);
  made.Life(20, 1, LifeEvent::kResumed);
  made.Believes(15, 0, 1, BelievedState::kDead);
  made.Believes(29, 0, 1, BelievedState::kDead);
  const Verdict verdict = JudgeIt(made);
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.excused_deaths, 2U);
  made.Believes(31, 0, 1, BelievedState::kDead);
  made.Believes(15, 1, 0, BelievedState::kDead);  // it was not the other one that slept
  EXPECT_EQ(JudgeIt(made).violations.size(), 2U);
}

TEST(NoFalseDeathTest, AFaultThatStrikesOneExcusesHisDeathOnly) {
  MadeHistory made;
  made.Start(3);
  made.Fault("slow", 10, 20, {1});
  made.Believes(15, 0, 1, BelievedState::kDead);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Believes(15, 0, 2, BelievedState::kDead);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NoFalseDeathTest, ACutExcusesBothSides) {
  MadeHistory made;
  made.Start(3);
  made.Fault("cut", 10, 20, {1});
  made.Believes(15, 0, 1, BelievedState::kDead);
  made.Believes(15, 1, 0, BelievedState::kDead);
  made.Believes(25, 2, 0, BelievedState::kDead);  // he believes process 1
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Believes(9, 0, 1, BelievedState::kDead);
  made.Believes(31, 0, 1, BelievedState::kDead);
  EXPECT_EQ(JudgeIt(made).violations.size(), 2U);
}

TEST(NoFalseDeathTest, LossExcusesFromAStrengthOn) {
  MadeHistory made;
  made.Start(2);
  FaultRecord& loss = made.Fault("loss", 10, 20);
  loss.strength = 0.1;
  made.Believes(15, 0, 1, BelievedState::kDead);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
  loss.strength = 0.3;
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(NoFalseDeathTest, FaultsThatKillNobodyExcuseNothing) {
  for (const char* kind : {"udp-blocked", "tcp-blocked", "duplicate", "reorder", "clock-jump",
                           "stall", "reset", "restart", "join", "no such fault"}) {
    MadeHistory made;
    made.Start(2);
    made.Fault(kind, 10, 20).strength = 1e9;
    made.Believes(15, 0, 1, BelievedState::kDead);
    EXPECT_EQ(JudgeIt(made).violations.size(), 1U) << kind;
  }
}

TEST(NoFalseDeathTest, WhoLeavesMayBeKnownAsLeftFromThenOn) {
  MadeHistory made;
  made.Start(2);
  made.Life(10, 1, LifeEvent::kLeaving);
  made.Believes(10.5, 0, 1, BelievedState::kLeft);
  made.Life(11, 1, LifeEvent::kLeft);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Believes(9, 0, 1, BelievedState::kLeft);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(NoFalseDeathTest, FindsADeathThatIsNoticedTooLate) {
  EXPECT_EQ(JudgeIt(Crash(), Within(4.9)).violations.size(), 3U);
  EXPECT_THAT(Texts(JudgeIt(Crash(), Within(1))), ::testing::Each(HasSubstr("believes it alive")));
}

TEST(NoFalseDeathTest, FindsADeathThatSomebodyNeverNotices) {
  MadeHistory made = Crash();
  made.history.beliefs.pop_back();
  EXPECT_THAT(Texts(JudgeIt(made, Within(20))),
              ElementsAre(HasSubstr("process 2 believes it suspect")));
}

TEST(NoFalseDeathTest, FindsADeathThatIsTakenBack) {
  MadeHistory made = Crash();
  made.Believes(36, 1, 3, BelievedState::kAlive);
  EXPECT_EQ(JudgeIt(made, Within(20)).violations.size(), 1U);
}

TEST(NoFalseDeathTest, WhoSaysNothingIsTakenToKnowWhoeverWasReadyForLong) {
  MadeHistory made;
  made.Start(2);
  made.Life(30, 1, LifeEvent::kCrashed);
  EXPECT_THAT(Texts(JudgeIt(made, Within(20))), ElementsAre(HasSubstr("nothing else")));
  made.Believes(40, 0, 1, BelievedState::kUnknown);
  EXPECT_THAT(Texts(JudgeIt(made, Within(20))), IsEmpty());

  MadeHistory young;
  young.Start(1);
  young.Life(20, 1, LifeEvent::kStarted);
  young.Life(21, 1, LifeEvent::kReady);
  young.Life(22, 1, LifeEvent::kCrashed);
  EXPECT_THAT(Texts(JudgeIt(young, Within(20))), IsEmpty());
}

TEST(NoFalseDeathTest, WhoWasPausedOrYoungOrGoneNeedNotNotice) {
  MadeHistory made = Crash();
  made.Life(31, 0, LifeEvent::kPaused);
  made.Life(33, 0, LifeEvent::kResumed);
  made.Life(31, 1, LifeEvent::kLeft);
  made.Life(31, 2, LifeEvent::kLeaving);
  made.Life(30.5, 4, LifeEvent::kStarted);
  made.Life(31, 4, LifeEvent::kReady);
  made.history.beliefs.resize(3);  // that it is alive
  EXPECT_THAT(Texts(JudgeIt(made, Within(5))), IsEmpty());
}

TEST(NoFalseDeathTest, ACrashInTheMiddleOfAFaultOrAtTheEndIsCountedOnly) {
  MadeHistory made = Crash();
  made.history.beliefs.resize(3);
  made.Fault("loss", 10, 25);
  Verdict verdict = JudgeIt(made, Within(5));
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.unjudged_detections, 1U);
  made.history.faults[0].to = At(19);  // its grace ends before the crash
  EXPECT_EQ(JudgeIt(made, Within(5)).violations.size(), 3U);
  made.history.end = At(34);
  verdict = JudgeIt(made, Within(5));
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.unjudged_detections, 1U);
}

TEST(NoFalseDeathTest, WhoHasLeftIsNotCrashed) {
  MadeHistory made;
  made.Start(2);
  made.Life(30, 1, LifeEvent::kLeft);
  EXPECT_THAT(Texts(JudgeIt(made, Within(5))), IsEmpty());
}

}  // namespace
}  // namespace vf::sim
