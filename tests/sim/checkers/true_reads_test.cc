#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict JudgeIt(const MadeHistory& made, const JudgeSpec& spec = {}) {
  return JudgeBy(Checker::kTrueReads, made, spec);
}

std::uint64_t VersionAt(double seconds) { return WallMs(seconds) << 16; }

TEST(TrueReadsTest, AcceptsReadsOfTheNewestAndOfWhatIsUnderWay) {
  MadeHistory made;
  made.ReadNothing(0, 0.5);
  made.ReadNothing(0.5, 1.5);  // the write is under way
  made.Write("a", 10, 1, 2);
  made.Read("a", 10, 1.2, 1.4);
  made.Read("a", 10, 2, 2.1);
  made.Write("b", 11, 3, 5);
  made.Read("b", 11, 3.1, 3.2);
  made.Read("a", 10, 3.3, 3.4);  // not yet acknowledged: either is fine
  made.Read("a", 10, 4.9, 5.5);
  made.Read("b", 11, 5, 6);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(TrueReadsTest, AcceptsAGreaterRecordOfUnknownOutcome) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.UnknownWrite("b", 3, 4);
  made.Read("b", 11, 5, 6);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(TrueReadsTest, FindsAStaleRead) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 11, 3, 4);
  made.Read("a", 10, 5, 6).client = 2;
  EXPECT_THAT(Texts(JudgeIt(made)),
              ElementsAre(HasSubstr("stale read: client 2 began to read at 5.000000s")));
}

TEST(TrueReadsTest, SaysWhenAClientMissesItsOwnWrite) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.ReadNothing(2, 3);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("acknowledged to itself")));
}

TEST(TrueReadsTest, ALowerWriteThatWasAcknowledgedLaterNeedNotBeSeen) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 9, 1, 3);
  made.Read("a", 10, 4, 5);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Read("b", 9, 4, 5);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(TrueReadsTest, FindsAWrong204) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.ReadNothing(3, 4);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("wrong 204")));
}

TEST(TrueReadsTest, ADeletionMakesA204Right) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(11, 3, 5);
  made.ReadNothing(2.5, 3.5);  // it may have been there before the read ended
  made.ReadNothing(6, 7);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.Write("b", 12, 8, 9);
  made.ReadNothing(8.5, 10);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.ReadNothing(9, 10);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(TrueReadsTest, ADeletionThatBeganAfterTheReadDoesNot) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.ReadNothing(3, 4);
  made.Delete(11, 4.5, 5);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(TrueReadsTest, ADeletionBelowTheNewestDoesNot) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(9, 1, 2);
  made.ReadNothing(3, 4);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(TrueReadsTest, ARefusedDeletionDoesNot) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(0, 2, 2.5).outcome = Outcome::kRefused;
  made.ReadNothing(3, 4);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(TrueReadsTest, ADeletionOfUnknownOutcomeExplainsA204UntilAWriteThatMustBeAboveIt) {
  MadeHistory made;
  made.Write("a", VersionAt(1), 1, 2);
  made.UnknownDelete(3, 4);
  made.ReadNothing(5, 6);
  made.Write("b", VersionAt(30), 30, 31);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.ReadNothing(32, 33);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);

  JudgeSpec spec;
  spec.clock_skew = At(60);  // then it may be above
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  spec.clock_skew = kNotYet;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
  made.Fault("slow", 3.5, 29);  // its frontend may have stamped it late
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(TrueReadsTest, ADeletionThatWasNeverAnsweredExplainsEvery204) {
  MadeHistory made;
  made.UnknownDelete(1, 2).ended = kNotYet;
  made.Write("b", VersionAt(30), 30, 31);
  made.ReadNothing(32, 33);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(TrueReadsTest, AnExpiryMakesA204RightFromItsMomentOn) {
  MadeHistory made;
  made.Write("a", 10, 1, 2).expiry_ms = WallMs(20);
  made.ReadNothing(20, 21);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
  made.ReadNothing(18, 19);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("wrong 204")));
  JudgeSpec spec;
  spec.clock_skew = At(2);
  EXPECT_THAT(Texts(JudgeIt(made, spec)), IsEmpty());
}

TEST(TrueReadsTest, CountsStaleReadsInsideOfACutAndItsGrace) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 11, 3, 4);
  made.Fault("cut", 2, 10);
  made.Read("a", 10, 5, 6);
  made.ReadNothing(14, 16);  // the grace ends at 15 s
  Verdict verdict = JudgeIt(made);
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.stale_reads, 2U);
  made.Read("a", 10, 15.5, 16);
  verdict = JudgeIt(made);
  EXPECT_EQ(verdict.violations.size(), 1U);
  EXPECT_EQ(verdict.counts.stale_reads, 2U);
}

TEST(TrueReadsTest, AFaultThatMakesNothingStaleExcusesNothing) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Fault("loss", 0, 10);
  made.Fault("no such fault", 0, 10);
  made.ReadNothing(5, 6);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(TrueReadsTest, LocalReadsAndFailedOnesAreNotJudged) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.ReadNothing(5, 6).kind = OperationKind::kLocalRead;
  made.ReadNothing(5, 6).outcome = Outcome::kUnknown;
  made.ReadNothing(5, 6).outcome = Outcome::kRefused;
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(TrueReadsTest, WhatNobodyHoldsAnyMoreNeedNotBeSeen) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.ReadNothing(3, 4);
  made.Gone(5, 10);
  made.ReadNothing(4.5, 6);
  made.Write("b", 9, 7, 8);
  made.Read("b", 9, 9, 10);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);  // the read before the loss
  made.ReadNothing(9, 10);
  EXPECT_EQ(JudgeIt(made).violations.size(), 2U);  // "b" is still there
}

TEST(TrueReadsTest, FindsALaterWriteThatLosesToAnAcknowledgedOne) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 9, 2, 3);
  EXPECT_THAT(Texts(JudgeIt(made)), ElementsAre(HasSubstr("real-time anomaly")));
}

TEST(TrueReadsTest, AConcurrentWriteMayLose) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 9, 1.9, 3);
  EXPECT_THAT(Texts(JudgeIt(made)), IsEmpty());
}

TEST(TrueReadsTest, ALaterDeletionThatLosesIsOneToo) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Delete(9, 2, 3);
  EXPECT_EQ(JudgeIt(made).violations.size(), 1U);
}

TEST(TrueReadsTest, CountsTheAnomalyInsideOfACut) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.Write("b", 9, 3, 4);
  made.Fault("cut", 3.5, 5);
  const Verdict verdict = JudgeIt(made);
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.excused_anomalies, 1U);
}

TEST(TrueReadsTest, CountsAWriteThatLosesToAnEarlierReadAndJudgesItOnDemand) {
  MadeHistory made;
  made.UnknownWrite("a", 1, 4);
  made.Read("a", 10, 1.5, 2);
  made.Write("b", 9, 2, 3);
  JudgeSpec spec;
  const Verdict verdict = JudgeIt(made, spec);
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.anomalies_after_reads, 1U);
  spec.judge_writes_after_reads = true;
  EXPECT_THAT(Texts(JudgeIt(made, spec)), ElementsAre(HasSubstr("loses to what was read")));
}

TEST(TrueReadsTest, AReadThatEndedAfterTheWriteBeganIsNoAnomaly) {
  MadeHistory made;
  made.UnknownWrite("a", 1, 4);
  made.Read("a", 10, 1.5, 2.5);
  made.Write("b", 9, 2, 3);
  EXPECT_EQ(JudgeIt(made).counts.anomalies_after_reads, 0U);
}

}  // namespace
}  // namespace vf::sim
