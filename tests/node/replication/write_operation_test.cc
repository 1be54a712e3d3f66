#include "node/replication/write_operation.h"

#include <gtest/gtest.h>

#include "tests/node/replication/test_frontend.h"

namespace vf {
namespace {

using Kind = AcksWanted::Kind;

TEST(WriteOperationTest, AnswersAtOnceWhenAllOwnersHaveIt) {
  TestFrontend f(TestMembers(5));
  f.Write();
  EXPECT_EQ(f.asked(), f.owners());
  const std::vector<MemberKey> owners = f.owners();
  f.Stored(owners[0]);
  f.Stored(owners[1]);
  EXPECT_FALSE(f.IsDone()) << "a live owner has not answered";
  f.Stored(owners[2]);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
  EXPECT_EQ(f.results[0].record.view().value, "value");
  EXPECT_EQ(f.replicator.NextDeadline(), kNever);
}

TEST(WriteOperationTest, MinAcksAreEnoughAfterTheTimeout) {
  TestFrontend f(TestMembers(5));
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0]);
  f.Stored(owners[1]);
  f.Advance(milliseconds(250));
  EXPECT_FALSE(f.IsDone()) << "the bytes take half a microsecond";
  f.Advance(milliseconds(1));
  EXPECT_FALSE(f.IsDone()) << "a live owner lacks it, and nobody has noted that";
  f.Noted();
  EXPECT_EQ(f.note.behind, std::vector<MemberKey>{owners[2]});
  EXPECT_EQ(f.note.partition, f.partition());
  f.Knows(owners[2]);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

// The last owner's grace ends while a write with acks=all is under way: "all" of nobody is nobody.
TEST(WriteOperationTest, AcksOfAllOwnersAreNeverNone) {
  TestFrontend f({TestMember(1)});
  f.Write({Kind::kAll});
  f.views.Set({TestDeadMember(1, DeathReason::kTimeout)}, f.now + minutes(2), f.now);
  ASSERT_TRUE(f.owners().empty());
  f.Advance(milliseconds(500));
  EXPECT_FALSE(f.IsDone()) << "nobody has stored it";
  f.Advance(seconds(1));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
}

TEST(WriteOperationTest, LargeValuesHaveMoreTime) {
  TestFrontend f(TestMembers(3));
  const std::string value(20'000'000, 'v');  // a second's worth
  f.replicator.StartWrite(f.now, f.wall, 1, {.key = f.key, .value = value}, {});
  f.Drain();
  const auto owners = f.owners();
  f.Stored(owners[0]);
  f.Stored(owners[1]);
  f.Advance(milliseconds(1'240));
  EXPECT_TRUE(f.open.size() == 1) << "nothing but the write to the last owner";
  f.Advance(milliseconds(20));
  f.Noted();
  f.Knows(owners[2]);
  EXPECT_TRUE(f.IsDone());
}

TEST(WriteOperationTest, ARefusedOwnerIsReplacedByTheNextFallbackAtOnce) {
  TestFrontend f(TestMembers(5));
  f.Write();
  const auto owners = f.owners();
  f.Fail(owners[1]);
  EXPECT_TRUE(f.IsAsked(f.fallbacks()[0]));
  EXPECT_FALSE(f.IsAsked(f.fallbacks()[1]));
  f.Stored(owners[0]);
  f.Stored(owners[2]);
  EXPECT_FALSE(f.IsDone());
  f.Stored(f.fallbacks()[0], /*in_sync=*/false);
  f.Noted();
  f.Fail(owners[1]);
  ASSERT_TRUE(f.IsDone()) << "nobody is there to be told";
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(WriteOperationTest, ASuspectOwnerGetsItAndIsReplacedAtOnce) {
  std::vector<MemberRecord> members = TestMembers(5);
  TestFrontend f(members);
  const auto owners = f.owners();
  members[owners[0] - 1].state = MemberState::kSuspect;
  f.SetMembers(members);
  f.Write();
  EXPECT_TRUE(f.IsAsked(owners[0]));
  EXPECT_TRUE(f.IsAsked(f.fallbacks()[0]));
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  f.Stored(f.fallbacks()[0], false);
  f.Noted();
  EXPECT_FALSE(f.IsDone());
  f.Advance(milliseconds(25));
  EXPECT_TRUE(f.IsDone()) << "nobody waits long for a suspect";
}

TEST(WriteOperationTest, ASilentOwnerGetsItAndIsReplacedAtOnce) {
  TestFrontend f(TestMembers(5));
  const auto owners = f.owners();
  f.Write();
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  f.Advance(milliseconds(310));
  f.Noted();
  f.Noted();
  f.Advance(milliseconds(25));
  ASSERT_TRUE(f.IsDone()) << "the first one waits for the timeout";
  f.open.clear();
  f.results.clear();
  f.Write();
  EXPECT_TRUE(f.IsAsked(owners[0])) << "it may well live";
  EXPECT_TRUE(f.IsAsked(f.fallbacks()[0]));
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  f.Stored(f.fallbacks()[0], false);
  f.Noted();
  f.Advance(milliseconds(25));
  EXPECT_TRUE(f.IsDone());
}

TEST(WriteOperationTest, ASlowOwnerThatAnswersIsNotPassedOver) {
  TestFrontend f(TestMembers(5));
  const auto owners = f.owners();
  // A write every 60 ms; the slow owner takes 240 ms for each, one after another.
  for (int i = 0; i < 40; ++i) {
    f.Write();
    f.Stored(owners[1]);
    f.Stored(owners[2]);
    EXPECT_FALSE(f.IsAsked(f.fallbacks()[0]));
    f.Advance(milliseconds(60));
    if (i >= 3) f.Stored(owners[0]);
  }
  EXPECT_EQ(f.results.size(), 37u);
  for (const OperationResult& result : f.results) EXPECT_EQ(result.status, OperationStatus::kOk);
}

TEST(WriteOperationTest, WhoIsGivenManyBytesMayBeSilentForLonger) {
  TestFrontend f(TestMembers(5));
  const auto owners = f.owners();
  const std::string value(20'000'000, 'v');  // a second's worth
  f.replicator.StartWrite(f.now, f.wall, ++f.operations, {.key = f.key, .value = value}, {});
  f.Drain();
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  f.Advance(milliseconds(1'000));
  EXPECT_TRUE(f.reports.empty());
  f.Write();
  EXPECT_FALSE(f.IsAsked(f.fallbacks()[0]));
}

TEST(WriteOperationTest, ADeadOwnerWithinItsGraceIsReplacedAtOnce) {
  std::vector<MemberRecord> members = TestMembers(5);
  TestFrontend f(members);
  const auto owners = f.owners();
  members[owners[2] - 1] = TestDeadMember(owners[2], DeathReason::kTimeout);
  f.SetMembers(members);
  EXPECT_EQ(f.owners(), owners);
  f.Write();
  EXPECT_EQ(f.asked(), (std::vector<MemberKey>{owners[0], owners[1], f.fallbacks()[0]}));
}

TEST(WriteOperationTest, JoiningOwnersGetItAndAreWaitedForAndDoNotCount) {
  std::vector<MemberRecord> members = TestMembers(2);
  members[1].phase = Phase::kSyncing;
  TestFrontend f(members);
  f.Write();
  EXPECT_TRUE(f.IsAsked(1));
  EXPECT_TRUE(f.IsAsked(2));
  f.Stored(2, false);
  f.Advance(milliseconds(300));
  EXPECT_FALSE(f.IsDone()) << "a joining copy is no ack";
  f.Stored(1);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

// Found by cluster-sim: it owned the partition soon after, in sync, and lacked the write.
TEST(WriteOperationTest, AJoiningOwnerThatDoesNotStoreYetIsAskedAgain) {
  std::vector<MemberRecord> members = TestMembers(2);
  members[1].phase = Phase::kSyncing;
  TestFrontend f(members);
  f.Write();
  f.Outcome(2, StoreOutcome::kNotStoring);
  f.Stored(1);
  EXPECT_FALSE(f.IsDone()) << "a live owner-to-be lacks it";
  EXPECT_FALSE(f.IsAsked(2)) << "not at once";
  f.Advance(milliseconds(60));
  ASSERT_TRUE(f.IsAsked(2));
  f.Stored(2, false);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(WriteOperationTest, FurtherFallbacksAreAskedAfterTheTimeout) {
  TestFrontend f(TestMembers(8));
  f.Write();
  const auto fallbacks = f.fallbacks();
  f.Stored(f.owners()[0]);
  f.Advance(milliseconds(251));
  EXPECT_TRUE(f.IsAsked(fallbacks[0])) << "one ack is missing";
  EXPECT_FALSE(f.IsAsked(fallbacks[1]));
  f.Advance(milliseconds(250));
  EXPECT_TRUE(f.IsAsked(fallbacks[1])) << "the first fallback is stuck as well";
  EXPECT_FALSE(f.IsDone());
  f.Stored(fallbacks[1], false);
  f.Noted();
  EXPECT_EQ(f.note.behind, (std::vector<MemberKey>{f.owners()[1], f.owners()[2]}));
  f.Advance(milliseconds(25));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(WriteOperationTest, TooFewAcksAtTheDeadlineAreAnUnknownOutcome) {
  TestFrontend f(TestMembers(3));
  f.Write();
  f.Stored(f.owners()[0]);
  f.Advance(milliseconds(1'000));
  EXPECT_FALSE(f.IsDone());
  f.Advance(milliseconds(1));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
  EXPECT_NE(f.results[0].text.find("outcome unknown: 1 of 2 required replicas"), std::string::npos);
  EXPECT_NE(f.results[0].text.find("--min-acks 1"), std::string::npos);
  EXPECT_EQ(f.replicator.operations(), 0u);
}

TEST(WriteOperationTest, AnOwnerWhoseConnectionBrokeIsAskedAgain) {
  TestFrontend f(TestMembers(2));
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0]);
  f.Fail(owners[1], PeerFailure::kReset);
  ASSERT_TRUE(f.IsAsked(owners[1])) << "over the next connection";
  f.Fail(owners[1], PeerFailure::kReset);
  EXPECT_FALSE(f.IsAsked(owners[1])) << "not at once";
  f.Advance(milliseconds(60));
  ASSERT_TRUE(f.IsAsked(owners[1]));
  f.Stored(owners[1]);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(WriteOperationTest, AnOwnerThatRefusedIsAskedAgainOnceItIsUp) {
  TestFrontend f(TestMembers(2));
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0]);
  f.Fail(owners[1]);
  f.Advance(milliseconds(200));
  EXPECT_FALSE(f.IsAsked(owners[1])) << "it is avoided";
  f.replicator.OnPeerUp(owners[1]);
  f.Advance(milliseconds(60));
  ASSERT_TRUE(f.IsAsked(owners[1]));
  f.Stored(owners[1]);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(WriteOperationTest, NobodyWaitsForAnOwnerThatIsToBeAskedAgain) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  f.Fail(owners[2], PeerFailure::kReset);
  f.Fail(owners[2], PeerFailure::kReset);
  f.Stored(owners[0]);
  f.Stored(owners[1]);
  f.Noted();
  f.Knows(owners[2]);
  EXPECT_TRUE(f.IsDone()) << "it is noted, as any that was passed over";
}

TEST(WriteOperationTest, AvoidedOwnersAreAskedAgainBeforeTheDeadline) {
  TestFrontend f(TestMembers(2));
  const auto owners = f.owners();
  f.Fail(owners[1], PeerFailure::kOverflow);  // 500 ms
  f.Write();
  EXPECT_EQ(f.asked(), std::vector<MemberKey>{owners[0]});
  f.Stored(owners[0]);
  f.Advance(milliseconds(560));
  ASSERT_TRUE(f.IsAsked(owners[1]));
  f.Stored(owners[1]);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(WriteOperationTest, AcksMeanWhatTheClientSays) {
  const struct {
    AcksWanted acks;
    int needed;
  } cases[] = {{{Kind::kCount, 1}, 1},
               {{Kind::kCount, 2}, 2},
               {{Kind::kCount, 3}, 3},
               {{Kind::kAll, 0}, 3},
               {{Kind::kDefault, 0}, 2}};
  for (const auto& [acks, needed] : cases) {
    for (int given = 0; given <= 3; ++given) {
      TestFrontend f(TestMembers(3));
      f.Write(acks);
      for (int i = 0; i < given; ++i) f.Stored(f.owners()[static_cast<std::size_t>(i)]);
      f.Advance(milliseconds(251));
      if (given >= needed && given < 3) f.Noted();
      f.Advance(seconds(2));
      ASSERT_TRUE(f.IsDone());
      EXPECT_EQ(f.status() == OperationStatus::kOk, given >= needed) << given << " " << needed;
    }
  }
}

TEST(WriteOperationTest, AcksAllMeansAllOwnersWhereThereAreFewerThanK) {
  TestFrontend f(TestMembers(2));
  f.Write({Kind::kAll, 0});
  f.Stored(1);
  f.Stored(2);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(WriteOperationTest, MoreAcksThanReplicasAreABadRequest) {
  TestFrontend f(TestMembers(5));
  f.Write({Kind::kCount, 4});
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kBadRequest);
}

// --- No space ---

TEST(WriteOperationTest, AFullReplicaIsReplaced) {
  TestFrontend f(TestMembers(5));
  f.Write();
  const auto owners = f.owners();
  f.Outcome(owners[0], StoreOutcome::kNoSpace);
  EXPECT_TRUE(f.IsAsked(f.fallbacks()[0]));
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  f.Stored(f.fallbacks()[0], false);
  f.Noted();
  f.Knows(owners[0]);
  EXPECT_EQ(f.status(), OperationStatus::kOk) << "the full one knows that its copy lacks the write";
}

TEST(WriteOperationTest, NoSpaceAnywhereIsSaidAtOnce) {
  TestFrontend f(TestMembers(3));
  f.Write();
  for (const MemberKey owner : f.owners()) f.Outcome(owner, StoreOutcome::kNoSpace);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kNoSpace);
  EXPECT_NE(f.results[0].text.find("nothing was stored"), std::string::npos);
}

TEST(WriteOperationTest, NothingWasStoredIsOnlySaidWhenThatIsCertain) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  f.Outcome(owners[0], StoreOutcome::kNoSpace);
  f.Outcome(owners[1], StoreOutcome::kNoSpace);
  f.Fail(owners[2], PeerFailure::kReset);
  f.Fail(owners[2], PeerFailure::kReset);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kNoSpace);
  EXPECT_NE(f.results[0].text.find("outcome unknown"), std::string::npos) << f.results[0].text;
}

// --- Other lists ---

TEST(WriteOperationTest, ANewOwnerGetsTheRecordBeforeTheAnswer) {
  std::vector<MemberRecord> with_joiner = TestMembers(3);
  with_joiner.push_back(TestMemberInPhase(4, Phase::kSyncing));
  // A key that the newcomer will own: else any of the others would do.
  TestFrontend f(TestMembers(3));
  if (!f.views.Other(with_joiner)->ListOf(f.partition()).IsJoining(4)) {
    with_joiner.back().seat = 77;
    for (std::uint64_t seat = 1; seat < 1000; ++seat) {
      with_joiner.back().seat = seat;
      if (f.views.Other(with_joiner)->ListOf(f.partition()).IsJoining(4)) break;
    }
  }
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0], true, f.ListFrom(with_joiner));
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  EXPECT_FALSE(f.IsDone()) << "all have it, but somebody has another list";
  ASSERT_EQ(f.learn.size(), 1u);
  EXPECT_EQ(f.learn[0].members.size(), 4u);
  f.Learned(with_joiner);
  EXPECT_FALSE(f.IsDone());
  EXPECT_EQ(f.asked(), std::vector<MemberKey>{4});
  f.Stored(4, false);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
  EXPECT_TRUE(f.notices.empty());
}

TEST(WriteOperationTest, AListThatIsNeverLearnedEndsAtTheDeadline) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  f.Stored(owners[0], true, f.ListFrom(TestMembers(2)));
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  f.Advance(milliseconds(1'001));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
  EXPECT_NE(f.results[0].text.find("who owns this key"), std::string::npos);
}

TEST(WriteOperationTest, AMemberBehindTheFrontendIsToldAndNotWaitedFor) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  const OtherList old = f.ListFrom(TestMembers(2));
  f.Stored(owners[0], true, old);
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  f.Learned(TestMembers(3));  // Nothing new.
  EXPECT_TRUE(f.IsDone());
  EXPECT_EQ(f.notices, std::vector<MemberKey>{owners[0]});
  f.Write();
  f.Stored(owners[0], true, old);
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  EXPECT_EQ(f.results.size(), 2u) << "known already";
  EXPECT_TRUE(f.learn.empty());
}

}  // namespace
}  // namespace vf
