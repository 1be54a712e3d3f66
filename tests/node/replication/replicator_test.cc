#include "node/replication/replicator.h"

#include <gtest/gtest.h>

#include "node/store/memory_engine.h"
#include "tests/node/replication/test_frontend.h"

namespace vf {
namespace {

TEST(ReplicatorTest, RefusesUntilJoinedAndWithoutOwners) {
  TestFrontend f({TestMemberInPhase(1, Phase::kJoining)});
  f.Write();
  f.Read();
  ASSERT_EQ(f.results.size(), 2u);
  EXPECT_EQ(f.results[0].status, OperationStatus::kUnavailable);
  EXPECT_NE(f.results[0].text.find("joining"), std::string::npos);
  EXPECT_EQ(f.results[1].status, OperationStatus::kUnavailable);
  EXPECT_TRUE(f.open.empty());
}

TEST(ReplicatorTest, RefusesBeyondTheLimitWhileAcceptedWorkGoesOn) {
  ReplicatorConfig config;
  config.max_operations = 10;
  TestFrontend f(TestMembers(3), config);
  for (int i = 0; i < 12; ++i) f.Read();
  ASSERT_EQ(f.results.size(), 2u);
  EXPECT_EQ(f.results[0].status, OperationStatus::kOverloaded);
  EXPECT_EQ(f.open.size(), 10u);
  f.results.clear();
  f.Answer(f.asked()[0], ReadOutcome::kInSync);
  ASSERT_EQ(f.results.size(), 1u);
  EXPECT_EQ(f.results[0].status, OperationStatus::kOk);
  f.Read();
  EXPECT_EQ(f.results.size(), 1u) << "there is room again";
}

TEST(ReplicatorTest, AResetIsSentAgainOnce) {
  TestFrontend f(TestMembers(5));
  f.Write();
  const auto owners = f.owners();
  f.Fail(owners[0], PeerFailure::kReset);
  EXPECT_TRUE(f.IsAsked(owners[0])) << "again";
  EXPECT_FALSE(f.IsAsked(f.fallbacks()[0]));
  f.Fail(owners[0], PeerFailure::kReset);
  EXPECT_FALSE(f.IsAsked(owners[0]));
  EXPECT_TRUE(f.IsAsked(f.fallbacks()[0]));
  EXPECT_TRUE(f.reports.empty()) << "it lives";
}

TEST(ReplicatorTest, TheAnswerToWhatWasSentAgainCountsOnce) {
  TestFrontend f(TestMembers(3));
  f.Write();
  const auto owners = f.owners();
  const PeerSend first = f.Take(owners[0]);
  f.Fail(owners[0], PeerFailure::kReset);
  f.Reply(owners[0], f.AnswerTo(std::get<StoreRequest>(first.request), StoreOutcome::kStored, 1));
  EXPECT_TRUE(f.IsAsked(owners[0])) << "from the connection that broke: means nothing";
  f.Stored(owners[1]);
  f.Stored(owners[2]);
  EXPECT_FALSE(f.IsDone());
  f.Stored(owners[0]);
  EXPECT_TRUE(f.IsDone());
}

TEST(ReplicatorTest, ARefusedMemberIsReportedOnceAndAvoidedForAWhile) {
  TestFrontend f(TestMembers(5));
  f.Write();
  const auto owners = f.owners();
  f.Fail(owners[0]);
  f.Fail(owners[0]);
  EXPECT_EQ(f.reports, std::vector<MemberKey>{owners[0]});
  f.open.clear();
  f.Write();
  EXPECT_FALSE(f.IsAsked(owners[0]));
  f.Advance(milliseconds(500));
  f.open.clear();
  f.Write();
  EXPECT_TRUE(f.IsAsked(owners[0]));
}

TEST(ReplicatorTest, ARefusalIsReportedWithTheRequestsThatItCost) {
  TestFrontend f(TestMembers(3));
  f.Write();
  f.Advance(milliseconds(20));
  f.Write();
  f.Fail(f.owners()[0]);
  ASSERT_EQ(f.complaints.size(), 1u);
  EXPECT_EQ(f.complaints[0].reason, ComplaintReason::kRefused);
  EXPECT_EQ(f.complaints[0].requests, 2u);
  EXPECT_EQ(f.complaints[0].lasting, milliseconds(20));
}

TEST(ReplicatorTest, ASilentMemberIsReportedAsATimeoutOnceASecond) {
  TestFrontend f(TestMembers(3));
  const auto owners = f.owners();
  for (int i = 0; i < 2; ++i) {
    f.Write();
    f.Stored(owners[1]);
    f.Stored(owners[2]);
  }
  f.Advance(milliseconds(90));
  EXPECT_TRUE(f.reports.empty());
  f.Advance(milliseconds(70));
  ASSERT_EQ(f.reports, std::vector<MemberKey>{owners[0]});
  EXPECT_EQ(f.complaints[0].reason, ComplaintReason::kTimeout);
  EXPECT_EQ(f.complaints[0].requests, 2u);
  EXPECT_GE(f.complaints[0].lasting, milliseconds(100));
  const auto answer_the_rest = [&] {
    for (const MemberKey owner : {owners[1], owners[2]}) {
      while (f.IsAsked(owner)) f.Noted();
    }
  };
  for (int i = 0; i < 25; ++i) {
    f.Advance(milliseconds(40));
    answer_the_rest();
  }
  EXPECT_EQ(f.reports, std::vector<MemberKey>(2, owners[0]));
}

// All answers may wait in its own sockets.
TEST(ReplicatorTest, WhoWasPausedItselfBlamesNobody) {
  TestFrontend f(TestMembers(3));
  f.Write();
  f.now += milliseconds(900);
  f.replicator.OnTimer(f.now, f.wall);
  f.Drain();
  EXPECT_TRUE(f.reports.empty());
}

TEST(ReplicatorTest, AnAnswerThatNobodyWaitsForEndsASilenceToo) {
  TestFrontend f(TestMembers(3));
  f.Read();
  const PeerSend late = f.Take(f.asked()[0]);
  f.Advance(milliseconds(30));
  f.Answer(f.asked()[0], ReadOutcome::kInSync);
  ASSERT_TRUE(f.IsDone());
  f.Reply(late.to,
          ReadReply{std::get<ReadRequest>(late.request).request, ReadOutcome::kInSync, {}, {}});
  f.Advance(seconds(1));
  EXPECT_TRUE(f.reports.empty());
  EXPECT_EQ(f.replicator.NextDeadline(), kNever);
}

TEST(ReplicatorTest, AMemberThatIsUpAgainIsNotAvoided) {
  TestFrontend f(TestMembers(3));
  f.Fail(f.owners()[0]);
  f.replicator.OnPeerUp(f.owners()[0]);
  f.Write();
  EXPECT_TRUE(f.IsAsked(f.owners()[0]));
}

TEST(ReplicatorTest, LateForeignAndInventedAnswersAreIgnored) {
  TestFrontend f(TestMembers(3));
  f.Read();
  const PeerSend send = f.open[0];
  const RequestId request = std::get<ReadRequest>(send.request).request;
  const MemberKey other = send.to == 1 ? 2 : 1;
  f.Reply(other, ReadReply{request, ReadOutcome::kInSync, {}, {}});
  f.Reply(send.to, ReadReply{request + 1, ReadOutcome::kInSync, {}, {}});
  f.Reply(send.to, ReadReply{request + (1 << 16), ReadOutcome::kInSync, {}, {}});
  f.Reply(send.to, ReadReply{UINT64_MAX, ReadOutcome::kInSync, {}, {}});
  f.Reply(send.to, StoreReply{request, StoreOutcome::kStored, {}, true, {}});
  f.Reply(send.to, GiveReply{request, SyncOutcome::kDone, {}, {}});
  EXPECT_FALSE(f.IsDone());
  f.Reply(send.to, ReadReply{request, ReadOutcome::kInSync, {}, {}});
  EXPECT_EQ(f.results.size(), 1u);
  f.Reply(send.to, ReadReply{request, ReadOutcome::kInSync, {}, {}});
  EXPECT_EQ(f.results.size(), 1u) << "twice";
}

TEST(ReplicatorTest, DeadlinesEndEveryOperation) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    TestFrontend f(TestMembers(6));
    std::vector<MemberRecord> members = TestMembers(6);
    int started = 0;
    for (int step = 0; step < 200; ++step) {
      switch (rng.Uniform(6)) {
        case 0:
          f.Write();
          ++started;
          break;
        case 1:
          f.Read();
          ++started;
          break;
        case 2:
          if (f.open.empty()) break;
          f.Fail(f.asked()[0], rng.Chance(1, 2) ? PeerFailure::kReset : PeerFailure::kRefused);
          break;
        case 3: {
          if (f.open.empty()) break;
          const PeerSend send = f.open[rng.Uniform(f.open.size())];
          if (const auto* store = std::get_if<StoreRequest>(&send.request)) {
            const auto outcome = static_cast<StoreOutcome>(rng.Uniform(4));
            StoreReply reply = f.AnswerTo(*store, outcome, rng.Chance(1, 2));
            if (rng.Chance(1, 5)) reply.list = f.ListFrom(TestMembers(5));
            f.Reply(send.to, reply);
          } else if (const auto* note = std::get_if<NoteRequest>(&send.request)) {
            f.Reply(send.to,
                    NoteReply{note->request, static_cast<NoteOutcome>(rng.Uniform(2)), {}});
          } else if (const auto* behind = std::get_if<BehindRequest>(&send.request)) {
            f.Reply(send.to, BehindReply{behind->request});
          } else {
            f.Reply(send.to, ReadReply{std::get<ReadRequest>(send.request).request,
                                       static_cast<ReadOutcome>(rng.Uniform(3)),
                                       {},
                                       {}});
          }
          break;
        }
        case 4: {
          MemberRecord& record = members[rng.Uniform(6)];
          record = TestMember(record.key());
          if (rng.Chance(1, 3)) record = TestDeadMember(record.key(), DeathReason::kTimeout);
          if (rng.Chance(1, 3)) record.state = MemberState::kSuspect;
          f.SetMembers(members);
          break;
        }
        default:
          f.Advance(milliseconds(static_cast<std::int64_t>(rng.Uniform(100))));
      }
    }
    f.Advance(milliseconds(1'100));
    EXPECT_EQ(f.results.size(), static_cast<std::size_t>(started)) << "seed " << seed;
    EXPECT_EQ(f.replicator.operations(), 0u) << "seed " << seed;
    f.Advance(seconds(6));  // Until nobody is waited for who was asked then.
    EXPECT_EQ(f.replicator.NextDeadline(), kNever) << "seed " << seed;
  }
}

TEST(ReplicatorTest, AnOwnInSyncCopyIsReadAtOnce) {
  TestViews views(1);
  views.Set(TestMembers(3));
  MemoryEngine store({.partition_count = 256});
  CopyStates states(256);
  LocalCopies copies{store, states};
  HybridClock clock;
  Replicator replicator({}, &copies, views, clock, Rng(1));
  const Partition p = PartitionOf(HashKey("apple"), 2);
  EXPECT_FALSE(replicator.ReadOwnCopy("apple")) << "not in sync";
  states.Begin(p);
  ASSERT_TRUE(states.Complete(p));
  ASSERT_TRUE(replicator.ReadOwnCopy("apple"));
  EXPECT_FALSE(replicator.ReadOwnCopy("apple")->record);
  store.Put(p, RecordRef::Make({.key = "apple", .value = "red", .version = {1}}));
  EXPECT_EQ(replicator.ReadOwnCopy("apple")->record.view().value, "red");
  views.Set({TestMemberInPhase(1, Phase::kSyncing), TestMember(2)});
  EXPECT_FALSE(replicator.ReadOwnCopy("apple")) << "no owner yet";
}

}  // namespace
}  // namespace vf
