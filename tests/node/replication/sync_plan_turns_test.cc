// Copies in sync compared in turn, and how far they differ.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "tests/node/replication/sync_plan_fixture.h"

namespace vf {
namespace {

using Fixture = SyncPlanFixture;

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
      if (clients) f.clients.Note(f.now);
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
  f.Reply(2,
          GiveReply{std::get<GiveRequest>(f.open[0].request).request, SyncOutcome::kDone, {}, {}});
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
