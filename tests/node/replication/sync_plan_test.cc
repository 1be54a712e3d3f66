// How copies come in sync: by passes with all who may hold what they lack.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/node/replication/sync_plan_fixture.h"

namespace vf {
namespace {

using Fixture = SyncPlanFixture;

TEST(SyncPlanTest, AFounderIsInSyncWithNothing) {
  Fixture f({Joiner()});
  EXPECT_TRUE(f.open.empty());
  EXPECT_EQ(f.InSync(), 16);
  ASSERT_TRUE(f.ready);
  EXPECT_TRUE(f.ready->empty());
}

TEST(SyncPlanTest, ViewsMayChangeAtEveryLook) {
  // TestViews frees each view at the next look; address sanitizers see who held on to one.
  Fixture f({Joiner(), TestMember(2), TestMember(3)});
  f.plan.MarkAllNotInSync(f.now);
  f.Show({TestMember(1), TestMember(2), TestMember(4)});
  f.AnswerAll();
  f.Advance(milliseconds(20));  // Passes with the one that went.
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, AJoinerPassesWithAllHoldersAndOnlyThenWishesReady) {
  Fixture f({Joiner(), TestMember(2), TestMember(3), TestMember(4)});
  std::vector<Partition> mine;
  for (Partition p = 0; p < 16; ++p) {
    if (f.views.view()->ListOf(p).IsJoining(1)) mine.push_back(p);
  }
  ASSERT_FALSE(mine.empty());
  std::map<Partition, std::vector<MemberKey>> passed;
  while (!f.open.empty()) {
    const CompareRequest request = f.RequestOf(0);
    EXPECT_FALSE(f.states.IsInSync(request.partition));
    EXPECT_FALSE(f.ready);
    EXPECT_EQ(request.list_hash, f.views.view()->ListOf(request.partition).hash);
    passed[request.partition].push_back(f.open[0].to);
    f.AnswerFirst();
  }
  for (const Partition p : mine) {
    std::vector<MemberKey> members = passed[p];
    std::sort(members.begin(), members.end());
    EXPECT_EQ(members, (std::vector<MemberKey>{2, 3, 4})) << "holders and live fallbacks";
    EXPECT_TRUE(f.states.IsInSync(p));
  }
  EXPECT_EQ(passed.size(), mine.size()) << "nothing else is copied";
  ASSERT_TRUE(f.ready);
}

TEST(SyncPlanTest, ReadyIsToldFirstToAllWhoMayBeDisplaced) {
  // Two newcomers: whoever of them is second displaces another owner than alone.
  Fixture f({Joiner(), TestMemberInPhase(6, Phase::kSyncing), TestMember(2), TestMember(3),
             TestMember(4)});
  f.AnswerAll();
  ASSERT_TRUE(f.ready);
  const std::vector<MemberRecord> after = {TestMember(1), TestMember(6), TestMember(2),
                                           TestMember(3), TestMember(4)};
  const auto before = f.views.view();
  const auto both = f.views.Other(after);
  for (Partition p = 0; p < 16; ++p) {
    if (!before->ListOf(p).IsJoining(1)) continue;
    for (const MemberKey owner : before->ListOf(p).owners) {
      if (both->ListOf(p).IsOwner(owner)) continue;
      EXPECT_NE(std::find(f.ready->begin(), f.ready->end(), owner), f.ready->end()) << p;
    }
  }
}

TEST(SyncPlanTest, PagesFollowEachOtherAndAreStored) {
  Fixture f({Joiner(), TestMember(2)}, Passes(1));
  const Partition p = f.RequestOf(0).partition;
  std::vector<RecordRef> records;
  for (int i = 0; records.size() < 4; ++i) {
    const std::string key = "k" + std::to_string(i);
    if (PartitionOf(HashKey(key), 1) == p) {
      records.push_back(RecordRef::Make({.key = key, .value = "v", .version = {1}}));
    }
  }
  const PeerSend compared = f.open[0];
  CompareReply differs;
  differs.request = f.RequestOf(0).request;
  differs.buckets.fill(1);
  f.open.clear();
  f.Reply(compared.to, differs);
  EXPECT_EQ(std::get<PullRequest>(f.open[0].request).from, 0u);
  EXPECT_EQ(std::get<PullRequest>(f.open[0].request).list_hash, f.views.view()->ListOf(p).hash);
  f.AnswerPull({records[0], records[1]}, /*last=*/false);
  EXPECT_EQ(std::get<PullRequest>(f.open[0].request).from, 1u);
  EXPECT_FALSE(f.states.IsInSync(p));
  f.AnswerPull({records[2], records[3]}, /*last=*/true);
  EXPECT_TRUE(f.states.IsInSync(p));
  EXPECT_EQ(f.store.RecordCount(p), 4u);
}

TEST(SyncPlanTest, RecordsOfOtherPartitionsAreNotTaken) {
  Fixture f({Joiner(), TestMember(2)}, Passes(1));
  const Partition p = f.RequestOf(0).partition;
  std::string key = "a";
  while (PartitionOf(HashKey(key), 1) == p) key += "a";
  f.AnswerFirstWith({RecordRef::Make({.key = key, .version = {1}})});
  for (Partition other = 0; other < 16; ++other) EXPECT_EQ(f.store.RecordCount(other), 0u);
}

// `give_up` gives up the pass that runs; its answer comes only after that.
void ExpectALateAnswerIsIgnored(const std::function<void(Fixture&, Partition)>& give_up) {
  Fixture f({TestMember(1), TestMember(2)}, Passes(1));
  const PeerSend before = f.open[0];
  const CompareRequest asked = std::get<CompareRequest>(before.request);
  f.open.clear();
  give_up(f, asked.partition);
  f.Drain();
  // The same partition with the same peer again, sooner or later.
  while (f.RequestOf(0).partition != asked.partition) f.AnswerFirst();
  f.Reply(before.to, f.Equal(asked.request));
  EXPECT_FALSE(f.states.IsInSync(asked.partition));
  f.AnswerFirst();
  EXPECT_TRUE(f.states.IsInSync(asked.partition));
}

// A pass that began before a pause must not end one that began after it.
TEST(SyncPlanTest, TheAnswerOfAPassThatWasGivenUpIsIgnored) {
  ExpectALateAnswerIsIgnored([](Fixture& f, Partition) { f.plan.MarkAllNotInSync(f.now); });
}

TEST(SyncPlanTest, AnswersFromOthersAndOfNoPartitionAreIgnored) {
  Fixture f({Joiner(), TestMember(2), TestMember(3)}, Passes(1));
  const MemberKey other = f.open[0].to == 2 ? 3 : 2;
  f.Reply(other, f.Equal(f.RequestOf(0).request));
  f.Reply(f.open[0].to, f.Equal(UINT64_MAX));
  f.Reply(f.open[0].to, f.Equal(f.RequestOf(0).partition));
  EXPECT_EQ(f.open.size(), 1u);
  EXPECT_EQ(f.InSync(), 0);
}

TEST(SyncPlanTest, AnotherListIsLearnedAndThePassRepeated) {
  Fixture f({Joiner(), TestMember(2)}, Passes(1));
  const CompareRequest request = f.RequestOf(0);
  const std::vector<MemberRecord> more = {Joiner(), TestMember(2), TestMember(3)};
  const auto other = f.views.Other(more);
  f.open.clear();
  CompareReply reply;
  reply.request = request.request;
  reply.outcome = SyncOutcome::kOtherList;
  reply.list = {other->ListOf(request.partition).hash, other->RecordsOf(f.now, request.partition)};
  f.Reply(2, reply);
  EXPECT_FALSE(f.states.IsInSync(request.partition));
  ASSERT_EQ(f.learn.size(), 1u);
  f.views.Set(more);
  f.plan.OnLearned(f.now, f.learn[0].ticket);
  f.Drain();
  for (int i = 0; i < 1000 && !f.ready; ++i) {
    if (f.open.empty()) f.Advance(milliseconds(20));
    if (!f.open.empty()) f.AnswerFirst();
  }
  EXPECT_EQ(f.InSync(), 16);
  EXPECT_TRUE(f.ready);
}

TEST(SyncPlanTest, AFailedPassIsTriedAgain) {
  Fixture f({Joiner(), TestMember(2)}, Passes(1));
  const Partition p = f.RequestOf(0).partition;
  f.open.clear();
  f.plan.OnPeerFailure(f.now, 2);
  f.Drain();
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 15);
  EXPECT_FALSE(f.states.IsInSync(p));
  EXPECT_FALSE(f.ready);
  f.Advance(milliseconds(20));
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
  EXPECT_TRUE(f.ready);
}

TEST(SyncPlanTest, AnAnswerThatNeverComesIsGivenUp) {
  Fixture f({Joiner(), TestMember(2)}, Passes(16));
  EXPECT_EQ(f.open.size(), 16u);
  f.open.clear();
  f.Advance(milliseconds(5'100));
  EXPECT_EQ(f.open.size(), 16u) << "again";
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, PassesAreLimited) {
  Fixture f({Joiner(), TestMember(2), TestMember(3)}, Passes(4));
  EXPECT_EQ(f.open.size(), 4u);
  f.AnswerFirst();
  EXPECT_EQ(f.open.size(), 4u);
}

TEST(SyncPlanTest, WithoutRoomACopyStaysIncomplete) {
  Fixture f({Joiner(), TestMember(2)}, Passes(1), /*max_memory_bytes=*/4'000);
  const Partition p = f.RequestOf(0).partition;
  std::string key = "a";
  while (PartitionOf(HashKey(key), 1) != p) key += "a";
  f.AnswerFirstWith(
      {RecordRef::Make({.key = key, .value = std::string(100'000, 'v'), .version = {1}})});
  EXPECT_FALSE(f.states.IsInSync(p));
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 15);
  EXPECT_FALSE(f.ready);
}

TEST(SyncPlanTest, WithoutRoomAtAHolderTheCopyHereComesInSync) {
  Fixture f({Joiner(), TestMember(2)}, Passes(1));
  const Partition p = f.RequestOf(0).partition;
  std::string key = "a";
  while (PartitionOf(HashKey(key), 1) != p) key += "a";
  f.store.Put(p, RecordRef::Make({.key = key, .value = "v", .version = {1}}));
  CompareReply differs;
  differs.request = f.RequestOf(0).request;
  f.open.clear();
  f.Reply(2, differs);
  GiveReply full;
  full.request = std::get<GiveRequest>(f.open[0].request).request;
  full.outcome = SyncOutcome::kNoSpace;
  f.open.clear();
  f.Reply(2, full);
  EXPECT_TRUE(f.states.IsInSync(p));
}

TEST(SyncPlanTest, OnlyPassesThatBeginAfterwardsCountOnceMarked) {
  Fixture f({TestMember(1), TestMember(2), TestMember(3)});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
  f.plan.MarkAllNotInSync(f.now);
  EXPECT_EQ(f.InSync(), 0);
  f.Drain();
  EXPECT_FALSE(f.open.empty());
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, ACopyThatIsBehindComparesItselfAnewAndWithTheHolderOfTheWrite) {
  // More members than owners and the next K fallbacks: the holder may be any of them.
  Fixture f(TestMembers(9));
  f.AnswerAll();
  const auto view = f.views.view();
  Partition mine = 0;
  while (!view->ListOf(mine).IsOwner(1)) ++mine;
  const MemberKey holder = view->FallbacksOf(mine).back();
  f.states.Doubt(mine);
  f.plan.OnBehind(f.now, mine, holder);
  f.Drain();
  std::vector<MemberKey> passed;
  while (!f.open.empty()) {
    EXPECT_FALSE(f.states.IsInSync(mine));
    EXPECT_EQ(f.RequestOf(0).partition, mine) << "nothing else is doubted";
    passed.push_back(f.open[0].to);
    f.AnswerFirst();
  }
  EXPECT_TRUE(f.states.IsInSync(mine));
  EXPECT_EQ(passed.size(), 6u) << "two owners, three fallbacks, the holder";
  EXPECT_NE(std::find(passed.begin(), passed.end(), holder), passed.end());
}

TEST(SyncPlanTest, APassThatBeganBeforeTheNoticeDoesNotCount) {
  ExpectALateAnswerIsIgnored([](Fixture& f, Partition partition) {
    f.states.Doubt(partition);
    f.plan.OnBehind(f.now, partition, 2);
  });
}

// The doubt comes on another thread, its task later.
TEST(SyncPlanTest, ADoubtDuringAPassMakesItComeAgain) {
  Fixture f({TestMember(1), TestMember(2)}, Passes(1));
  const Partition p = f.RequestOf(0).partition;
  f.states.Doubt(p);
  f.AnswerFirst();
  EXPECT_FALSE(f.states.IsInSync(p));
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, NoticesAboutWhatItDoesNotOwnChangeNothing) {
  Fixture f(TestMembers(9));
  f.AnswerAll();
  const int in_sync = f.InSync();
  Partition other = 0;
  while (f.views.view()->ListOf(other).IsOwner(1)) ++other;
  f.plan.OnBehind(f.now, other, 2);
  f.plan.OnBehind(f.now, 16, 2);
  f.Drain();
  EXPECT_TRUE(f.open.empty());
  EXPECT_EQ(f.InSync(), in_sync);
}

}  // namespace
}  // namespace vf
