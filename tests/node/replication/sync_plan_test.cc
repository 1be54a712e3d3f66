#include "node/replication/sync_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/bytes.h"
#include "base/hash64.h"
#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {
namespace {

// One plan; the test plays its peers.
struct Fixture {
  explicit Fixture(const std::vector<MemberRecord>& members, SyncConfig config = {},
                   std::uint64_t max_memory_bytes = UINT64_MAX)
      : views(1, 3, 1),
        store({.partition_count = 16, .max_memory_bytes = max_memory_bytes}),
        states(16),
        copies{store, states},
        plan(config, copies, views, Rng(1)) {
    Show(members);
  }
  void Show(const std::vector<MemberRecord>& members) {
    views.Set(members, now);
    plan.OnViewChanged(now);
    Drain();
  }
  void Drain() {
    SyncOutputs out;
    plan.TakeOutputs(out);
    for (PeerSend& send : out.sends) {
      if (!std::holds_alternative<ListNotice>(send.request)) open.push_back(std::move(send));
    }
    for (LearnWish& wish : out.learn) learn.push_back(std::move(wish));
    if (out.ready) ready = std::move(out.ready);
    in_sync.insert(in_sync.end(), out.in_sync.begin(), out.in_sync.end());
  }
  const CompareRequest& RequestOf(std::size_t i) const {
    return std::get<CompareRequest>(open[i].request);
  }
  void Reply(MemberKey from, const SyncReply& reply) {
    plan.OnReply(now, from, reply);
    Drain();
  }
  static CompareReply Equal(RequestId request) {
    CompareReply reply;
    reply.request = request;
    reply.equal = true;
    return reply;
  }
  // Answers what was asked first: the copies are equal.
  void AnswerFirst() {
    const PeerSend send = open.front();
    open.erase(open.begin());
    Reply(send.to, Equal(std::get<CompareRequest>(send.request).request));
  }
  // The same, but the peer has these records, and nothing is here yet.
  void AnswerFirstWith(const std::vector<RecordRef>& records) {
    const PeerSend compared = open.front();
    open.erase(open.begin());
    CompareReply reply;
    reply.request = std::get<CompareRequest>(compared.request).request;
    for (const RecordRef& record : records) {
      reply.buckets[BucketOf(Hash64(AsBytes(record.key())))] ^= record.hash();
    }
    Reply(compared.to, reply);
    AnswerPull(records, /*last=*/true);
  }
  // Answers what was asked last, with a page.
  void AnswerPull(const std::vector<RecordRef>& records, bool last) {
    const PeerSend pulled = open.back();
    open.pop_back();
    PullReply page;
    page.request = std::get<PullRequest>(pulled.request).request;
    page.records = records;
    page.last = last;
    page.next = std::get<PullRequest>(pulled.request).from + 1;
    Reply(pulled.to, page);
  }
  void AnswerAll() {
    for (int i = 0; i < 10'000 && !open.empty(); ++i) AnswerFirst();
  }
  void Advance(Duration duration) {
    const TimePoint until = now + duration;
    while (plan.NextDeadline() <= until) {
      now = plan.NextDeadline();
      plan.OnTimer(now, requests);
      Drain();
    }
    now = until;
  }
  int InSync() const {
    int count = 0;
    for (Partition p = 0; p < 16; ++p) count += states.IsInSync(p) ? 1 : 0;
    return count;
  }

  TimePoint now = TimePoint(hours(1));
  std::uint64_t requests = 0;
  TestViews views;
  MemoryEngine store;
  CopyStates states;
  LocalCopies copies;
  SyncPlan plan;
  std::vector<PeerSend> open;
  std::vector<LearnWish> learn;
  std::vector<CopyInSync> in_sync;
  std::optional<std::vector<MemberKey>> ready;
};

std::string KeyOf(Partition partition, std::string begin) {
  for (int i = 0;; ++i) {
    std::string key = begin + std::to_string(i);
    if (PartitionOf(HashKey(key), 1) == partition) return key;
  }
}

SyncConfig Passes(std::size_t most) {
  SyncConfig config;
  config.max_passes = most;
  return config;
}

MemberRecord Joiner() { return TestMemberInPhase(1, Phase::kSyncing); }

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

TEST(SyncPlanTest, HoldersMayBeMissingUpToMinAcksMinusOne) {
  MemberRecord suspect = TestMember(2);
  suspect.state = MemberState::kSuspect;
  MemberRecord other = TestMember(3);
  Fixture f({TestMember(1), suspect, other});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16) << "one of three";
  other.state = MemberState::kSuspect;
  f.plan.MarkAllNotInSync(f.now);
  f.Drain();
  f.open.clear();
  f.Show({TestMember(1), suspect, other});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 0) << "two of three";
  f.Advance(seconds(2));
  EXPECT_EQ(f.InSync(), 0);
  f.Show({TestMember(1), suspect, TestMember(3)});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, AStoppedHolderIsWaitedForWhileAFormerLifeHasLostTheOtherCopy) {
  MemberRecord stopped = TestMember(3);
  stopped.state = MemberState::kSuspect;
  MemberRecord restarted = Joiner();
  const MemberRecord former = TestDeadMember(2, DeathReason::kSuperseded);
  restarted.seat = former.seat;
  // A fourth has never held what the two had; the cluster's K is 3, and min_acks 2.
  const MemberRecord empty = TestMember(4);
  Fixture f({restarted, former, stopped, empty});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 0);
  EXPECT_FALSE(f.ready);
  f.Show({restarted, former, TestMember(3), empty});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
  EXPECT_TRUE(f.ready);
}

TEST(SyncPlanTest, OneHolderMayBeStoppedWhenNoneHasLostItsCopy) {
  MemberRecord stopped = TestMember(3);
  stopped.state = MemberState::kSuspect;
  Fixture f({Joiner(), TestMember(2), stopped});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, WhenAllHoldersAreLostThereIsNobodyToWaitFor) {
  Fixture f({TestMember(1), TestDeadMember(2, DeathReason::kSuperseded),
             TestDeadMember(3, DeathReason::kSuperseded)});
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, OwnersBeforeAViewThatAPausedProcessSeesLateAreHolders) {
  MemberRecord stopped = TestMember(3);
  stopped.state = MemberState::kSuspect;
  Fixture f({TestMember(1), TestMember(2), stopped});
  f.AnswerAll();
  ASSERT_EQ(f.InSync(), 16);
  // Paused: the doubt is noticed, the view is followed, and only then the plan is told of the
  // doubt.
  f.states.DoubtAll();
  f.Show({TestMember(1), TestDeadMember(2, DeathReason::kSuperseded), stopped, TestMember(4)});
  f.plan.MarkAllNotInSync(f.now);
  f.Drain();
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 0) << "2 has lost what 3 may have alone";
}

TEST(SyncPlanTest, ASuspectThatMayHaveTakenWritesForAnOwnerIsWaitedFor) {
  std::vector<MemberRecord> members = TestMembers(5);
  members[4].state = MemberState::kSuspect;
  Fixture f(members);
  f.AnswerAll();
  const SharedClusterView view = f.views.view();
  for (Partition p = 0; p < 16; ++p) {
    const PartitionList& list = view->ListOf(p);
    EXPECT_EQ(f.states.IsInSync(p), list.IsOwner(1) && list.IsOwner(5)) << "two others own";
  }
  members[4] = TestDeadMember(5, DeathReason::kTimeout);
  f.Show(members);
  f.AnswerAll();
  for (Partition p = 0; p < 16; ++p) EXPECT_EQ(f.states.IsInSync(p), view->ListOf(p).IsOwner(1));
}

TEST(SyncPlanTest, TheDegradedAreComparedWith) {
  Fixture f({TestMember(1)});
  MembershipSnapshot snapshot = TestSnapshot(1, 3, 1, TestMembers(3), f.now);
  for (const MemberKey key : {2, 3}) {
    ChangeMember(snapshot, key, [](Member& member) { member.degraded = true; });
  }
  f.views.Set(f.now, snapshot);
  f.plan.MarkAllNotInSync(f.now);
  f.Drain();
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, OneThatIsBackFromTheDeadIsComparedWith) {
  Fixture f(TestMembers(3));
  f.AnswerAll();
  ASSERT_EQ(f.InSync(), 16);
  MembershipSnapshot snapshot = TestSnapshot(1, 3, 1, TestMembers(3), f.now);
  ChangeMember(snapshot, 3, [&](Member& member) { member.returned_at = f.now; });
  f.views.Set(f.now, snapshot);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  EXPECT_EQ(f.InSync(), 0) << "it may hold what was written meanwhile";
  const auto asks_3 = [](const PeerSend& send) { return send.to == 3; };
  EXPECT_TRUE(std::any_of(f.open.begin(), f.open.end(), asks_3));
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
  f.views.Set(f.now, snapshot);
  f.plan.OnViewChanged(f.now);
  EXPECT_EQ(f.InSync(), 16) << "once";
}

TEST(SyncPlanTest, APlaceThatWasLostBetweenTwoLooksIsNotInSync) {
  Fixture f(TestMembers(3));
  f.AnswerAll();
  ASSERT_EQ(f.InSync(), 16);
  f.views.Set(TestMembers(6), f.now);
  const SharedClusterView between = f.views.view();
  f.Show(TestMembers(3));
  for (Partition p = 0; p < 16; ++p) {
    EXPECT_EQ(f.states.IsInSync(p), between->ListOf(p).IsOwner(1)) << p;
  }
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, MemoryOnlyHoldersLeaveAMinuteAfterTheirDeath) {
  Fixture f({TestMember(1), TestDeadMember(2, DeathReason::kTimeout),
             TestDeadMember(3, DeathReason::kTimeout)});
  EXPECT_EQ(f.InSync(), 0);
  f.now += seconds(60);
  f.views.Set({TestMember(1), TestDeadMember(2, DeathReason::kTimeout),
               TestDeadMember(3, DeathReason::kTimeout)},
              f.now);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, HoldersWithADiskAreWaitedForBeyondTheirGrace) {
  std::vector<MemberRecord> members = {TestMember(1), TestDeadMember(2, DeathReason::kTimeout),
                                       TestDeadMember(3, DeathReason::kTimeout)};
  for (MemberRecord& member : members) {
    member.roles &= static_cast<std::uint8_t>(~kRoleMemoryOnly);
  }
  Fixture f(members);
  f.now += seconds(61);
  f.views.Set(members, f.now);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  EXPECT_EQ(f.InSync(), 0);
  members[1].death_reason = DeathReason::kOperator;
  f.views.Set(members, f.now);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  // Now one of two is missing, min_acks - 1.
  EXPECT_EQ(f.InSync(), 16);
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

// --- Turns and divergence ---

TEST(SyncPlanTest, CopiesInSyncAreComparedInTurn) {
  Fixture f({TestMember(1), TestMember(2), TestMember(3)});
  f.AnswerAll();
  std::set<std::pair<Partition, MemberKey>> compared;
  const TimePoint until = f.now + seconds(11);
  while (f.now < until) {
    f.Advance(milliseconds(50));
    ASSERT_LE(f.open.size(), 1u);
    if (f.open.empty()) continue;
    compared.insert({f.RequestOf(0).partition, f.open[0].to});
    EXPECT_EQ(f.InSync(), 16) << "they answer reads meanwhile";
    f.AnswerFirst();
  }
  EXPECT_EQ(compared.size(), 32u) << "all pairs in a round of 10 s";
}

TEST(SyncPlanTest, WhileClientsAreServedTurnsAreRarer) {
  Fixture f({TestMember(1), TestMember(2), TestMember(3)});
  f.AnswerAll();
  const auto turns_in_a_round = [&](bool clients) {
    int turns = 0;
    for (int i = 0; i < 1'000; ++i) {
      if (clients) ++f.requests;
      f.Advance(milliseconds(10));
      turns += static_cast<int>(f.open.size());
      f.AnswerAll();
    }
    return turns;
  };
  const int alone = turns_in_a_round(false);
  const int served = turns_in_a_round(true);
  EXPECT_GE(alone, 31);
  EXPECT_LE(served, alone / 3);
  EXPECT_GE(served, alone / 6);
}

TEST(SyncPlanTest, ATurnMendsBothSidesAndDivergenceSaysHowFar) {
  Fixture f({TestMember(1), TestMember(2)});
  f.AnswerAll();
  EXPECT_EQ(f.plan.divergence(), 0u);
  while (f.open.empty()) f.Advance(milliseconds(10));
  const Partition p = f.RequestOf(0).partition;
  const std::string mine = KeyOf(p, "a");
  const std::string theirs = KeyOf(p, "b");
  f.store.Put(p, RecordRef::Make({.key = mine, .value = "v", .version = {1}}));
  const RecordRef record = RecordRef::Make({.key = theirs, .value = "w", .version = {1}});
  CompareReply differs;
  differs.request = f.RequestOf(0).request;
  differs.buckets[BucketOf(Hash64(AsBytes(theirs)))] = record.hash();
  f.open.clear();
  f.Reply(2, differs);
  EXPECT_EQ(f.plan.divergence(), 2u);
  f.AnswerPull({record}, /*last=*/true);
  EXPECT_TRUE(f.store.Get(p, theirs));
  ASSERT_EQ(std::get<GiveRequest>(f.open[0].request).records.size(), 1u);
  EXPECT_EQ(std::get<GiveRequest>(f.open[0].request).records[0].key(), mine);
  EXPECT_EQ(f.plan.divergence(), 2u);
  f.Reply(2, GiveReply{std::get<GiveRequest>(f.open[0].request).request, SyncOutcome::kDone, {}});
  EXPECT_EQ(f.plan.divergence(), 0u);
  EXPECT_EQ(f.InSync(), 16);
  EXPECT_EQ(f.plan.figures().records_fetched, 1u);
  EXPECT_EQ(f.plan.figures().records_given, 1u);
}

TEST(SyncPlanTest, WhatATurnCouldNotMendCountsUntilItIsMendedOrNobodysAnyMore) {
  Fixture f({TestMember(1), TestMember(2), TestMember(3)});
  f.AnswerAll();
  while (f.open.empty()) f.Advance(milliseconds(10));
  const PeerSend asked = f.open[0];
  CompareReply differs;
  differs.request = f.RequestOf(0).request;
  differs.buckets.fill(1);
  f.open.clear();
  f.Reply(asked.to, differs);
  f.open.clear();
  f.plan.OnPeerFailure(f.now, asked.to);
  f.Drain();
  EXPECT_EQ(f.plan.divergence(), 256u);
  EXPECT_EQ(f.InSync(), 16) << "who does not answer puts nobody out of sync";
  std::vector<MemberRecord> members = {TestMember(1), TestMember(2), TestMember(3)};
  members[asked.to - 1] = TestDeadMember(asked.to, DeathReason::kOperator);
  f.Show(members);
  EXPECT_EQ(f.plan.divergence(), 0u);
}

TEST(SyncPlanTest, ACopyThatIsDoubtedDuringItsTurnComesBackByPassesThatBeginThen) {
  Fixture f({TestMember(1), TestMember(2)});
  f.AnswerAll();
  while (f.open.empty()) f.Advance(milliseconds(10));
  const PeerSend turn = f.open[0];
  const CompareRequest asked = f.RequestOf(0);
  f.open.clear();
  f.states.Doubt(asked.partition);
  f.plan.OnBehind(f.now, asked.partition, 2);
  f.Drain();
  f.Reply(turn.to, f.Equal(asked.request));
  EXPECT_FALSE(f.states.IsInSync(asked.partition));
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, TellsSinceWhenThePassesOfACopyInSyncBegan) {
  Fixture f({TestMember(1), TestMember(2), TestMember(3)}, Passes(1));
  f.in_sync.clear();
  const TimePoint began = f.now;
  const Partition p = f.RequestOf(0).partition;
  f.now += milliseconds(3);
  f.AnswerFirst();
  f.now += milliseconds(3);
  EXPECT_TRUE(f.in_sync.empty());
  f.AnswerFirst();
  ASSERT_EQ(f.in_sync.size(), 1u);
  EXPECT_EQ(f.in_sync[0].partition, p);
  EXPECT_EQ(f.in_sync[0].began, began);
  std::vector<MemberKey> passed = f.in_sync[0].passed;
  std::sort(passed.begin(), passed.end());
  EXPECT_EQ(passed, (std::vector<MemberKey>{2, 3}));
}

TEST(SyncPlanTest, ALostPlaceIsNotInSync) {
  Fixture f({TestMember(1), TestMember(2), TestMember(3)});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
  std::vector<MemberRecord> members = {TestMember(1), TestMember(2), TestMember(3)};
  for (MemberKey key = 4; key < 12; ++key) members.push_back(TestMember(key));
  f.Show(members);
  int lost = 0;
  for (Partition p = 0; p < 16; ++p) {
    const bool owns = f.views.view()->ListOf(p).IsOwner(1);
    EXPECT_EQ(f.states.IsInSync(p), owns);
    lost += owns ? 0 : 1;
  }
  EXPECT_GT(lost, 5);
  // And back: they have to be compared first.
  f.Show({TestMember(1), TestMember(2), TestMember(3)});
  EXPECT_EQ(f.InSync(), 16 - lost);
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

}  // namespace
}  // namespace vf
