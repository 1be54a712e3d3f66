#include "node/replication/read_operation.h"

#include <gtest/gtest.h>

#include "tests/node/replication/test_frontend.h"

namespace vf {
namespace {

RecordRef Record(std::uint64_t version, std::string_view value = "v") {
  return RecordRef::Make({.key = "apple", .value = value, .version = {version}});
}

// Lets every member that is asked answer that it is not in sync, with `record` if it is `holder`.
void AllNotInSync(TestFrontend& f, MemberKey holder = kNoMember, RecordRef record = {}) {
  for (int i = 0; i < 20 && !f.open.empty(); ++i) {
    const MemberKey member = f.asked()[0];
    f.Answer(member, ReadOutcome::kNotInSync, member == holder ? record : RecordRef());
  }
}

TEST(ReadOperationTest, AsksOneOwnerAndTakesItsAnswer) {
  TestFrontend f(TestMembers(5));
  f.Read();
  ASSERT_EQ(f.asked().size(), 1u);
  const MemberKey asked = f.asked()[0];
  EXPECT_TRUE(f.views.view()->ListOf(f.partition()).IsOwner(asked));
  f.Answer(asked, ReadOutcome::kInSync, Record(7));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
  EXPECT_EQ(f.results[0].record.version(), Version{7});
}

TEST(ReadOperationTest, AnInSyncOwnerKnowsThatThereIsNothing) {
  TestFrontend f(TestMembers(3));
  f.Read();
  f.Answer(f.asked()[0], ReadOutcome::kInSync);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
  EXPECT_FALSE(f.results[0].record);
}

TEST(ReadOperationTest, ChoosesTheLessBusyOfTwo) {
  TestFrontend f(TestMembers(3));
  for (int i = 0; i < 300; ++i) f.Read();
  for (const MemberKey owner : f.owners()) {
    const auto asked = f.asked();
    EXPECT_NEAR(static_cast<double>(std::count(asked.begin(), asked.end(), owner)), 100, 2);
  }
}

TEST(ReadOperationTest, AStuckOwnerIsHedgedAfterTheDelay) {
  TestFrontend f(TestMembers(3));
  f.Read();
  const MemberKey first = f.asked()[0];
  f.Advance(milliseconds(24));
  EXPECT_EQ(f.asked().size(), 1u);
  f.Advance(milliseconds(1));
  ASSERT_EQ(f.asked().size(), 2u);
  const MemberKey second = f.asked()[1];
  EXPECT_NE(first, second);
  f.Answer(second, ReadOutcome::kInSync, Record(1));
  EXPECT_TRUE(f.IsDone());
}

TEST(ReadOperationTest, TwoStuckOwnersDoNotHideTheThird) {
  TestFrontend f(TestMembers(3));
  f.Read();
  f.Advance(milliseconds(60));
  ASSERT_EQ(f.asked().size(), 3u);
  f.Answer(f.asked()[2], ReadOutcome::kInSync, Record(1));
  EXPECT_TRUE(f.IsDone());
}

TEST(ReadOperationTest, AStuckOwnerIsHedgedAfterAnotherRefused) {
  TestFrontend f(TestMembers(3));
  f.Read();
  f.Fail(f.asked()[0]);
  ASSERT_EQ(f.asked().size(), 1u) << "the next one at once";
  f.Advance(milliseconds(25));
  EXPECT_EQ(f.asked().size(), 2u);
}

// The only one that is back after all were stopped: the others have what it lacks on their disks.
TEST(ReadOperationTest, OwnersThatAreAwayWithTheirDisksAreMissing) {
  const auto on_disk = [](MemberRecord record) {
    record.roles = kRoleStorage;
    return record;
  };
  const MemberRecord back = on_disk(TestMember(1));
  TestFrontend f({back});
  const auto show = [&](DeathReason why) {
    f.views.Set({back, on_disk(TestDeadMember(2, why)), on_disk(TestDeadMember(3, why))}, f.now,
                f.now - hours(1));
  };
  show(DeathReason::kTimeout);
  f.Read();
  for (int i = 0; i < 1000 && !f.IsDone(); ++i) {
    AllNotInSync(f);
    f.Advance(milliseconds(20));
  }
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
  show(DeathReason::kOperator);
  f.results.clear();
  f.Read();
  AllNotInSync(f);
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk) << "nobody waits for who was removed";
}

TEST(ReadOperationTest, HedgesHaveABudget) {
  ReplicatorConfig config;
  config.reads_per_hedge = 10;
  TestFrontend f(TestMembers(3), config);
  const int reads = 1000;
  for (int i = 0; i < reads; ++i) f.Read();
  f.Advance(milliseconds(900));
  EXPECT_GT(f.open.size(), static_cast<std::size_t>(reads));
  EXPECT_LE(f.open.size(), static_cast<std::size_t>(reads + reads / 10 + 16));
}

TEST(ReadOperationTest, HedgingEverybodyIsPaidForToo) {
  ReplicatorConfig config;
  config.reads_per_hedge = 10;
  TestFrontend f(TestMembers(4), config, /*replicas=*/1);
  const int reads = 400;
  for (int i = 0; i < reads; ++i) f.Read();
  f.Advance(milliseconds(900));
  EXPECT_LE(f.open.size(), static_cast<std::size_t>(reads + (reads / 10 + 16)));
}

TEST(ReadOperationTest, OneThatIsNotInSyncIsFollowedByTheNext) {
  TestFrontend f(TestMembers(3));
  f.Read();
  const MemberKey first = f.asked()[0];
  f.Answer(first, ReadOutcome::kNotInSync, Record(9));
  EXPECT_FALSE(f.IsDone());
  ASSERT_EQ(f.asked().size(), 1u);
  EXPECT_NE(f.asked()[0], first);
  f.Answer(f.asked()[0], ReadOutcome::kInSync, Record(5));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.results[0].record.version(), Version{5});
}

TEST(ReadOperationTest, WithoutAnInSyncOwnerTheNewestOfAllCounts) {
  TestFrontend f(TestMembers(6));
  f.Read();
  const MemberKey holder = f.fallbacks()[1];
  AllNotInSync(f, holder, Record(5));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
  ASSERT_TRUE(f.results[0].record) << "a fallback has it";
  EXPECT_EQ(f.results[0].record.version(), Version{5});
}

TEST(ReadOperationTest, AllOwnersButMinAcksMinusOneHaveToAnswer) {
  for (int failing = 0; failing <= 3; ++failing) {
    TestFrontend f(TestMembers(3));
    for (int i = 0; i < failing; ++i) f.Fail(f.owners()[static_cast<std::size_t>(i)]);
    f.Read();
    for (int round = 0; round < 200 && !f.IsDone(); ++round) {
      for (const MemberKey member : f.asked()) {
        const auto owners = f.owners();
        const auto at = std::find(owners.begin(), owners.end(), member) - owners.begin();
        if (at < failing) {
          f.Fail(member);
        } else {
          f.Answer(member, ReadOutcome::kNotInSync, Record(3));
        }
      }
      f.Advance(milliseconds(10));
    }
    ASSERT_TRUE(f.IsDone());
    EXPECT_EQ(f.status() == OperationStatus::kOk, failing <= 1) << failing;
  }
}

TEST(ReadOperationTest, NothingIsNotAnAnswerWhileAStoppedOwnerMayHaveWhatAFormerLifeLost) {
  // Of two owners one is stopped; the other was restarted without its data, and is 3 now.
  MemberRecord heir = TestMemberInPhase(3, Phase::kSyncing);
  const MemberRecord former = TestDeadMember(2, DeathReason::kSuperseded);
  heir.seat = former.seat;
  TestFrontend f({TestMember(1), TestMember(4), TestMember(5), former, heir});
  ASSERT_TRUE(f.views.view()->ListOf(f.partition()).IsJoining(3));
  f.Fail(4);
  f.Read();
  for (int round = 0; round < 200 && !f.IsDone(); ++round) {
    for (const MemberKey member : f.asked()) {
      if (member == 4) {
        f.Fail(member);
      } else {
        f.Answer(member, ReadOutcome::kNotInSync);
      }
    }
    f.Advance(milliseconds(10));
  }
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
}

TEST(ReadOperationTest, RoundsAreRepeatedUntilACopyIsInSync) {
  std::vector<MemberRecord> members = TestMembers(2);
  members[0] = TestDeadMember(1, DeathReason::kTimeout);
  TestFrontend f(members, {.write = {}, .read = {.min_acks = 1}});
  f.Read();
  f.Answer(2, ReadOutcome::kNotInSync);
  EXPECT_FALSE(f.IsDone()) << "the dead owner may have more";
  f.Advance(milliseconds(49));
  EXPECT_TRUE(f.asked().empty());
  f.Advance(milliseconds(1));
  f.Answer(2, ReadOutcome::kInSync, Record(2));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kOk);
}

TEST(ReadOperationTest, EndsAtItsDeadline) {
  TestFrontend f(TestMembers(3));
  f.Read();
  f.Advance(milliseconds(999));
  EXPECT_FALSE(f.IsDone());
  f.Advance(milliseconds(1));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.status(), OperationStatus::kUnavailable);
  EXPECT_EQ(f.replicator.operations(), 0u);
}

TEST(ReadOperationTest, SuspectsAreTheLastChoice) {
  std::vector<MemberRecord> members = TestMembers(3);
  members[0].state = MemberState::kSuspect;
  members[1].state = MemberState::kSuspect;
  TestFrontend f(members);
  for (int i = 0; i < 20; ++i) f.Read();
  for (const MemberKey asked : f.asked()) EXPECT_EQ(asked, 3u);
}

TEST(ReadOperationTest, TheSilentAreTheLastChoice) {
  TestFrontend f(TestMembers(3));
  f.Read();
  const MemberKey silent = f.asked()[0];
  f.Advance(milliseconds(30));
  f.Answer(f.asked()[1], ReadOutcome::kInSync, Record(1));
  f.Advance(milliseconds(130));
  f.open.clear();
  for (int i = 0; i < 30; ++i) {
    f.Read();
    ASSERT_FALSE(f.IsAsked(silent));
    f.Answer(f.asked()[0], ReadOutcome::kInSync, Record(1));
  }
}

TEST(ReadOperationTest, ASilentOwnerIsTriedAgainAfterAWhile) {
  TestFrontend f(TestMembers(3));
  f.Read();
  const MemberKey silent = f.asked()[0];
  f.Advance(milliseconds(30));
  f.Answer(f.asked()[1], ReadOutcome::kInSync, Record(1));
  int tries = 0;
  for (int ms = 0; ms < 6'000; ms += 5) {
    f.Read();
    f.Advance(milliseconds(5));
    for (const MemberKey member : f.asked()) {
      if (member != silent)
        f.Answer(member, ReadOutcome::kInSync, Record(1));
      else if (ms >= 200)
        ++tries;
    }
    std::erase_if(f.open, [&](const PeerSend& send) { return send.to == silent; });
  }
  EXPECT_GT(tries, 0);
  EXPECT_LT(tries, 60);
}

TEST(ReadOperationTest, WhoWaitsForASilentOwnerAsksTheNextWithoutAHedge) {
  ReplicatorConfig config;
  config.reads_per_hedge = 1'000'000;
  TestFrontend f(TestMembers(3), config);
  const int reads = 300;
  for (int i = 0; i < reads; ++i) f.Read();
  const MemberKey silent = f.owners()[0];
  // The others answer all the time.
  for (int ms = 0; ms < 300; ++ms) {
    for (const MemberKey member : f.asked()) {
      if (member != silent) f.Answer(member, ReadOutcome::kInSync, Record(1));
    }
    f.Advance(milliseconds(1));
  }
  EXPECT_EQ(f.results.size(), static_cast<std::size_t>(reads));
}

// The one that answers was displaced, and does not know it yet.
TEST(ReadOperationTest, AnInSyncAnswerFromNoOwnerByTheMergedListIsNotBelieved) {
  std::vector<MemberRecord> merged = TestMembers(4);
  TestFrontend f(TestMembers(3));
  MemberKey displaced = kNoMember;
  for (std::uint64_t seat = 1; displaced == kNoMember; ++seat) {
    merged[3].seat = seat;
    const SharedClusterView other = f.views.Other(merged);
    const PartitionList& list = other->ListOf(f.partition());
    for (const MemberKey owner : f.owners()) {
      if (!list.IsOwner(owner)) displaced = owner;
    }
  }
  f.Read();
  // Until the displaced one is asked.
  while (f.asked()[0] != displaced) f.Fail(f.asked()[0]);
  f.Answer(displaced, ReadOutcome::kInSync, Record(1), f.ListFrom(merged));
  EXPECT_FALSE(f.IsDone()) << "another list: first learn";
  f.Learned(merged);
  EXPECT_FALSE(f.IsDone()) << "it owns nothing any more";
  ASSERT_TRUE(f.IsAsked(4));
  f.Answer(4, ReadOutcome::kInSync, Record(2));
  ASSERT_TRUE(f.IsDone());
  EXPECT_EQ(f.results[0].record.version(), Version{2});
}

TEST(ReadOperationTest, OwnersBehindACrowdOfNewcomersAreAsked) {
  std::vector<MemberRecord> members = TestMembers(3);
  for (MemberKey key = 10; key < 300; ++key) {
    members.push_back(TestMemberInPhase(key, Phase::kJoining));
  }
  TestFrontend f(members);
  f.Read();
  AllNotInSync(f, f.owners()[2], Record(4));
  ASSERT_TRUE(f.IsDone());
  ASSERT_TRUE(f.results[0].record);
  EXPECT_EQ(f.results[0].record.version(), Version{4});
}

}  // namespace
}  // namespace vf
