#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class QuorumReadsTest : public testing::Test {
 protected:
  std::vector<std::string> Judged() {
    JudgeSpec spec;
    spec.replicas = 3;
    return Texts(JudgeBy(Checker::kQuorumReads, made, spec));
  }
  MadeHistory made;
};

TEST_F(QuorumReadsTest, AReadThatMeetsTheWriteHasToFindIt) {
  made.Write("old", 5, 1, 2).acks = 2;
  made.Write("new", 10, 3, 4).acks = 2;
  made.Read("old", 5, 5, 6).owners = 2;
  EXPECT_THAT(Judged(), ElementsAre(HasSubstr("a read of 2 owners")));
}

TEST_F(QuorumReadsTest, OneThatMayMissItNeedNot) {
  made.Write("new", 10, 3, 4).acks = 1;
  made.ReadNothing(5, 6).owners = 2;
  made.ReadNothing(5, 6);  // without r=: the business of true_reads
  EXPECT_THAT(Judged(), IsEmpty());
  made.history.operations[1].owners = 3;
  EXPECT_THAT(Judged(), ElementsAre(HasSubstr("found nothing")));
}

TEST_F(QuorumReadsTest, WhatWasNotAcknowledgedInTimeIsNotNeeded) {
  made.Write("new", 10, 3, 6).acks = 3;
  made.UnknownWrite("other", 3, 4).acks = 3;
  made.ReadNothing(5, 7).owners = 3;
  EXPECT_THAT(Judged(), IsEmpty());
}

TEST_F(QuorumReadsTest, ADeletionOrAnExpiryMayBeAboveIt) {
  made.Write("new", 10, 3, 4).acks = 3;
  made.Delete(11, 5, 9);
  made.ReadNothing(6, 7).owners = 3;
  EXPECT_THAT(Judged(), IsEmpty());
}

TEST_F(QuorumReadsTest, TheExpiryIsNoExcuseBeforeItsMoment) {
  Operation& write = made.Write("new", 10, 3, 4);
  write.acks = 3;
  write.expiry_ms = WallMs(20);
  made.ReadNothing(18, 19).owners = 2;
  made.ReadNothing(20, 21).owners = 2;
  EXPECT_EQ(Judged().size(), 1u);
}

TEST_F(QuorumReadsTest, FaultsAreNoExcuse) {
  made.Write("new", 10, 3, 4).acks = 2;
  made.history.faults.push_back({"cut", At(1), At(50), 1, "", {}, 0, 0});
  made.ReadNothing(5, 6).owners = 2;
  EXPECT_EQ(Judged().size(), 1u);
}

TEST_F(QuorumReadsTest, ClientsOnBothSidesOfACutMissEachOthersWrites) {
  made.Write("new", 10, 3, 4).acks = 2;
  made.history.faults.push_back({"cut", At(1), At(50), 1, "", {}, 0, 0});
  made.ReadNothing(5, 6).owners = 2;
  JudgeSpec spec;
  spec.replicas = 3;
  spec.clients_apart = true;
  const Verdict verdict = JudgeBy(Checker::kQuorumReads, made, spec);
  EXPECT_THAT(Texts(verdict), IsEmpty());
  EXPECT_EQ(verdict.counts.stale_quorums, 1u);
  made.ReadNothing(60, 61).owners = 2;
  EXPECT_EQ(JudgeBy(Checker::kQuorumReads, made, spec).violations.size(), 1u);
}

TEST_F(QuorumReadsTest, WhoeverIsAwayForLongIsNoOwnerAnyMore) {
  made.Write("new", 10, 3, 4).acks = 2;
  made.history.faults.push_back({"cut", At(5), At(90), 1, "", {}, 0, 0});
  made.ReadNothing(70, 71).owners = 2;
  EXPECT_THAT(Judged(), IsEmpty());
  made.ReadNothing(60, 61).owners = 2;
  EXPECT_EQ(Judged().size(), 1u);
}

}  // namespace
}  // namespace vf::sim
