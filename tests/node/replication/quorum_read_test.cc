// Reads of several owners, with peers that the test plays.
#include "node/replication/quorum_read.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/node/replication/test_frontend.h"

namespace vf {
namespace {

constexpr auto kInSync = ReadOutcome::kInSync;
constexpr auto kNotInSync = ReadOutcome::kNotInSync;

RecordRef Record(std::uint64_t version, bool tombstone = false) {
  return RecordRef::Make({.key = "apple",
                          .value = tombstone ? "" : "value" + std::to_string(version),
                          .version = {version},
                          .tombstone = tombstone});
}

class QuorumReadTest : public testing::Test {
 protected:
  void Start(int members, int wanted, ReplicatorConfig config = {}) {
    f_.emplace(TestMembers(members), config);
    f_->replicator.StartQuorumRead(f_->now, f_->wall, ++f_->operations, f_->key, {wanted});
    f_->Drain();
  }
  // The members with an open repair.
  std::vector<MemberKey> Repairs() const {
    std::vector<MemberKey> members;
    for (const PeerSend& send : f_->open) {
      if (std::holds_alternative<StoreRequest>(send.request)) members.push_back(send.to);
    }
    return members;
  }
  std::uint64_t AnswerVersion() const {
    const RecordRef& record = f_->results.at(0).record;
    return record ? record.version().value : 0;
  }

  std::optional<TestFrontend> f_;
};

TEST_F(QuorumReadTest, AsksSoManyOwnersAndAnswersWithTheNewest) {
  Start(5, 2);
  const std::vector<MemberKey> asked = f_->asked();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_NE(asked[0], asked[1]);
  const std::vector<MemberKey> owners = f_->owners();
  for (const MemberKey member : asked) {
    EXPECT_EQ(std::count(owners.begin(), owners.end(), member), 1);
  }
  f_->Answer(asked[0], kInSync, Record(1));
  EXPECT_FALSE(f_->IsDone()) << "two were asked for";
  f_->Answer(asked[1], kInSync, Record(1));
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(AnswerVersion(), 1u);
  EXPECT_TRUE(f_->open.empty()) << "nothing to repair";
}

TEST_F(QuorumReadTest, AllMeansAllOwners) {
  Start(5, OwnersWanted::kAll);
  ASSERT_EQ(f_->asked().size(), 3u);
  Start(2, OwnersWanted::kAll);
  ASSERT_EQ(f_->asked().size(), 2u) << "K is 3, but there are two";
}

TEST_F(QuorumReadTest, OwnersThatAreNotInSyncCountWhereOneInSyncAnswers) {
  Start(5, 2);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kNotInSync, Record(9));
  f_->Answer(asked[1], kInSync, Record(3));
  f_->Stored(asked[1]);
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(AnswerVersion(), 9u) << "the newest of them, wherever it was";
}

TEST_F(QuorumReadTest, WithoutAnyInSyncEverybodyIsAskedAndAllButMinAcksLess1HaveToAnswer) {
  Start(5, 2);
  std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kNotInSync, Record(1));
  f_->Answer(asked[1], kNotInSync);
  EXPECT_FALSE(f_->IsDone());
  EXPECT_EQ(f_->asked().size(), 3u) << "the third owner and two fallbacks";
  f_->Answer(f_->fallbacks()[0], kNotInSync, Record(5));
  f_->Answer(f_->fallbacks()[1], kNotInSync);
  EXPECT_FALSE(f_->IsDone()) << "the third owner may answer yet";
  f_->Fail(f_->asked()[0]);
  // Min-acks is 2: one owner may be missing. Both that answered lack what was found.
  EXPECT_EQ(Repairs().size(), 2u);
  f_->Stored(asked[0]);
  f_->Stored(asked[1]);
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(AnswerVersion(), 5u);
}

TEST_F(QuorumReadTest, WithoutAnyInSyncAndTooManyMissingItIs503) {
  ReplicatorConfig config;
  config.read.min_acks = 1;
  Start(3, 2, config);
  std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kNotInSync, Record(1));
  f_->Answer(asked[1], kNotInSync, Record(1));
  for (int i = 0; i < 60 && !f_->IsDone(); ++i) {
    // These two go on answering; the third is silent.
    f_->Advance(milliseconds(20));
    for (const MemberKey member : {asked[0], asked[1]}) {
      if (f_->IsAsked(member)) f_->Answer(member, kNotInSync, Record(1));
    }
  }
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(f_->status(), OperationStatus::kUnavailable);
  EXPECT_NE(f_->results[0].text.find("in sync"), std::string::npos) << f_->results[0].text;
}

TEST_F(QuorumReadTest, RepairsThoseThatLackTheNewestBeforeTheAnswer) {
  Start(5, OwnersWanted::kAll);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kInSync, Record(3));
  f_->Answer(asked[1], kInSync);
  f_->Answer(asked[2], kNotInSync, Record(7));
  EXPECT_FALSE(f_->IsDone());
  ASSERT_EQ(Repairs().size(), 2u);
  for (const PeerSend& send : f_->open) {
    EXPECT_EQ(std::get<StoreRequest>(send.request).record.version(), Version{7});
  }
  f_->Stored(asked[0]);
  EXPECT_FALSE(f_->IsDone());
  f_->Outcome(asked[1], StoreOutcome::kSuperseded);
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(AnswerVersion(), 7u);
}

TEST_F(QuorumReadTest, RepairsWithTombstonesToo) {
  Start(5, 2);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kInSync, Record(3));
  f_->Answer(asked[1], kInSync, Record(4, /*tombstone=*/true));
  ASSERT_EQ(Repairs(), std::vector<MemberKey>{asked[0]});
  f_->Stored(asked[0]);
  ASSERT_TRUE(f_->IsDone());
  EXPECT_TRUE(f_->results[0].record.view().tombstone);
}

TEST_F(QuorumReadTest, WaitsForRepairsOnlySoLong) {
  Start(5, 2);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kInSync);
  f_->Answer(asked[1], kInSync, Record(4));
  f_->Advance(milliseconds(24));
  EXPECT_FALSE(f_->IsDone());
  f_->Advance(milliseconds(1));
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(AnswerVersion(), 4u);
}

TEST_F(QuorumReadTest, ARepairThatFailsHoldsNothingUp) {
  Start(5, 2);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kInSync);
  f_->Answer(asked[1], kInSync, Record(4));
  f_->Fail(asked[0]);
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(AnswerVersion(), 4u);
}

TEST_F(QuorumReadTest, AnotherOwnerIsAskedWhenOneFailsOrIsLate) {
  Start(5, 2);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Fail(asked[0]);
  ASSERT_EQ(f_->asked().size(), 2u) << "the third at once";
  Start(5, 2);
  f_->Answer(f_->asked()[0], kInSync, Record(1));
  f_->Advance(milliseconds(30));
  ASSERT_EQ(f_->asked().size(), 2u) << "the third beside the one that is late";
  f_->Answer(f_->asked()[1], kInSync, Record(1));
  EXPECT_TRUE(f_->IsDone());
}

TEST_F(QuorumReadTest, FewerOwnersAliveThanWantedIs503AtOnce) {
  Start(3, OwnersWanted::kAll);
  std::vector<MemberRecord> members = TestMembers(3);
  members[1] = TestDeadMember(2, DeathReason::kTimeout);
  f_->SetMembers(members);
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(f_->status(), OperationStatus::kUnavailable);
  EXPECT_EQ(
      f_->results[0].text,
      "r asks for 3 owners, but only 2 of the 3 owners of this key can be reached; try again");

  Start(2, 3);
  ASSERT_TRUE(f_->IsDone()) << "there are but two";
  EXPECT_EQ(f_->status(), OperationStatus::kUnavailable);
}

TEST_F(QuorumReadTest, AnOwnerThatDiesAfterItsAnswerCounts) {
  Start(3, OwnersWanted::kAll);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kInSync, Record(1));
  std::vector<MemberRecord> members = TestMembers(3);
  for (MemberRecord& member : members) {
    if (member.key() == asked[0]) member = TestDeadMember(asked[0], DeathReason::kTimeout);
  }
  f_->SetMembers(members);
  EXPECT_FALSE(f_->IsDone());
  f_->Answer(asked[1], kInSync, Record(1));
  f_->Answer(asked[2], kInSync, Record(1));
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(f_->status(), OperationStatus::kOk);
}

TEST_F(QuorumReadTest, OneThatRefusesIsTriedAgainUntilTheDeadline) {
  Start(3, OwnersWanted::kAll);
  const std::vector<MemberKey> asked = f_->asked();
  f_->Answer(asked[0], kInSync, Record(1));
  f_->Answer(asked[1], kInSync, Record(1));
  f_->Fail(asked[2]);
  EXPECT_FALSE(f_->IsDone());
  f_->Advance(milliseconds(50));
  ASSERT_TRUE(f_->IsAsked(asked[2]));
  f_->Fail(asked[2]);
  f_->Advance(seconds(1));
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(f_->status(), OperationStatus::kUnavailable);
  EXPECT_NE(f_->results[0].text.find("2 of the 3 owners"), std::string::npos);
}

TEST_F(QuorumReadTest, MoreThanTheReplicasIsABadRequest) {
  Start(5, 4);
  ASSERT_TRUE(f_->IsDone());
  EXPECT_EQ(f_->status(), OperationStatus::kBadRequest);
  EXPECT_NE(f_->results[0].text.find("at most 3"), std::string::npos);
}

TEST_F(QuorumReadTest, AnAnswerUnderAnotherListCountsOnceThatListIsLearned) {
  Start(3, OwnersWanted::kAll);
  const std::vector<MemberKey> asked = f_->asked();
  const std::vector<MemberRecord> more = TestMembers(4);
  f_->Answer(asked[0], kInSync, Record(1));
  f_->Answer(asked[1], kInSync, Record(1));
  f_->Answer(asked[2], kInSync, Record(1), f_->ListFrom(more));
  ASSERT_FALSE(f_->learn.empty()) << "the newcomer owns nothing here";
  EXPECT_FALSE(f_->IsDone());
  f_->Learned(more);
  for (const MemberKey member : f_->asked()) f_->Answer(member, kInSync, Record(1));
  EXPECT_TRUE(f_->IsDone());
}

}  // namespace
}  // namespace vf
