#include "node/replication/handoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "base/hash64.h"
#include "node/placement/partition.h"
#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {
namespace {

// One process, key 1, among many; the test plays the owners, and drops what may be dropped.
struct Fixture {
  explicit Fixture(const std::vector<MemberRecord>& members = TestMembers(9))
      : views(1, 3, 1),
        store({.partition_count = 16}),
        states(16),
        copies{store, states, nullptr, &clients} {
    Show(members);
    while (HasPlace(foreign)) ++foreign;
  }
  bool HasPlace(Partition p) const {
    const PartitionList& list = views.view()->ListOf(p);
    return list.HasPlace(1);
  }
  void Show(const std::vector<MemberRecord>& members) {
    views.Set(members, now);
    handoff.OnViewChanged(now);
    Drain();
  }
  void Drain() {
    HandoffOutputs out;
    handoff.TakeOutputs(out);
    for (PeerSend& send : out.sends) {
      if (!std::holds_alternative<ListNotice>(send.request)) open.push_back(std::move(send));
    }
    learn.insert(learn.end(), out.learn.begin(), out.learn.end());
    if (out.emptied) ++emptied;
    for (const HandoffDrop& drop : out.drops) {
      drops.push_back(drop);
      store.DropAll(drop.partition, drop.digest);
    }
  }
  void Advance(Duration duration) {
    const TimePoint until = now + duration;
    while (handoff.NextDeadline() <= until) {
      now = handoff.NextDeadline();
      handoff.OnTimer(now);
      Drain();
    }
    now = until;
  }
  std::string Hold(Partition p, std::uint64_t version = 1) {
    for (;; ++keys) {
      const std::string key = "k" + std::to_string(keys);
      if (PartitionOf(HashKey(key), 1) != p) continue;
      ++keys;
      store.Put(p, RecordRef::Make({.key = key, .value = "v", .version = {version}}));
      return key;
    }
  }
  // Answers what is asked: the copies are equal. Returns who was asked.
  MemberKey AnswerEqual() {
    const PeerSend send = open.front();
    open.erase(open.begin());
    CompareReply reply;
    reply.request = std::get<CompareRequest>(send.request).request;
    reply.equal = true;
    handoff.OnReply(now, send.to, reply);
    Drain();
    return send.to;
  }
  // The owner has nothing.
  void AnswerEmpty() {
    const PeerSend send = open.front();
    open.erase(open.begin());
    CompareReply reply;
    reply.request = std::get<CompareRequest>(send.request).request;
    handoff.OnReply(now, send.to, reply);
    Drain();
  }
  std::vector<RecordRef> AnswerGive(SyncOutcome outcome = SyncOutcome::kDone) {
    const PeerSend send = open.front();
    open.erase(open.begin());
    const auto& give = std::get<GiveRequest>(send.request);
    handoff.OnReply(now, send.to, GiveReply{give.request, outcome, {}});
    Drain();
    return give.records;
  }

  TimePoint now = TimePoint(hours(1));
  TestViews views;
  MemoryEngine store;
  CopyStates states;
  ClientWatch clients;
  LocalCopies copies;
  Handoff handoff{{}, copies, views};
  Partition foreign = 0;  // one that is not owned here
  int keys = 0;
  std::vector<PeerSend> open;
  std::vector<LearnWish> learn;
  std::vector<HandoffDrop> drops;
  int emptied = 0;
};

std::vector<MemberRecord> WithDraining(int members, MemberKey draining) {
  std::vector<MemberRecord> records = TestMembers(members);
  records[draining - 1] = TestMemberInPhase(draining, Phase::kDraining);
  return records;
}

constexpr Duration kLook = seconds(1);

TEST(HandoffTest, GivesEveryOwnerWhatItLacksThenDrops) {
  Fixture f;
  const std::string key = f.Hold(f.foreign);
  f.Advance(kLook);
  EXPECT_EQ(f.handoff.undelivered(), 1u);
  std::vector<MemberKey> asked;
  ASSERT_EQ(f.open.size(), 1u);
  EXPECT_EQ(std::get<CompareRequest>(f.open[0].request).list_hash,
            f.views.view()->ListOf(f.foreign).hash);
  asked.push_back(f.AnswerEqual());
  ASSERT_EQ(f.open.size(), 1u);
  asked.push_back(f.open[0].to);
  f.AnswerEmpty();
  ASSERT_EQ(f.open.size(), 1u);
  const std::vector<RecordRef> given = f.AnswerGive();
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].key(), key);
  EXPECT_TRUE(f.drops.empty()) << "the last owner has not answered";
  EXPECT_TRUE(f.store.Get(f.foreign, key));
  asked.push_back(f.AnswerEqual());
  EXPECT_FALSE(f.store.Get(f.foreign, key));
  ASSERT_EQ(f.drops.size(), 1u);
  EXPECT_EQ(f.handoff.undelivered(), 0u);
  std::vector<MemberKey> owners = f.views.view()->ListOf(f.foreign).owners;
  std::sort(owners.begin(), owners.end());
  std::sort(asked.begin(), asked.end());
  EXPECT_EQ(asked, owners);
  f.Advance(seconds(5));
  EXPECT_TRUE(f.open.empty());
}

TEST(HandoffTest, WhatIsOwnedStays) {
  Fixture f;
  Partition mine = 0;
  while (!f.HasPlace(mine)) ++mine;
  f.Hold(mine);
  f.Advance(seconds(5));
  EXPECT_TRUE(f.open.empty());
  EXPECT_EQ(f.handoff.undelivered(), 0u);
}

TEST(HandoffTest, BringsNothingHere) {
  Fixture f;
  f.Hold(f.foreign);
  f.Advance(kLook);
  const PeerSend send = f.open.front();
  f.open.clear();
  CompareReply reply;
  reply.request = std::get<CompareRequest>(send.request).request;
  reply.buckets.fill(77);
  f.handoff.OnReply(f.now, send.to, reply);
  f.Drain();
  ASSERT_EQ(f.open.size(), 1u);
  const auto& versions = std::get<VersionsRequest>(f.open[0].request);
  EXPECT_EQ(versions.buckets.count(), 1u) << "those that hold something here";
  VersionsReply listed;
  listed.request = versions.request;
  listed.versions = {{"somebody else's", {9}, 1}};
  listed.last = true;
  f.open.clear();
  f.handoff.OnReply(f.now, send.to, listed);
  f.Drain();
  ASSERT_EQ(f.open.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<GiveRequest>(f.open[0].request));
}

TEST(HandoffTest, WaitsForOwnersThatCannotBeAsked) {
  Fixture f;
  f.Hold(f.foreign);
  const MemberKey owner = f.views.view()->ListOf(f.foreign).owners[1];
  std::vector<MemberRecord> members = TestMembers(9);
  members[owner - 1].state = MemberState::kSuspect;
  f.Show(members);
  f.Advance(seconds(5));
  EXPECT_TRUE(f.open.empty());
  EXPECT_EQ(f.handoff.undelivered(), 1u);
  f.Show(TestMembers(9));
  f.Advance(kLook);
  EXPECT_EQ(f.open.size(), 1u);
}

TEST(HandoffTest, WhatCameMeanwhileIsNotDropped) {
  Fixture f;
  f.Hold(f.foreign);
  f.Advance(kLook);
  f.AnswerEqual();
  f.Hold(f.foreign);
  f.AnswerEqual();
  f.AnswerEqual();
  EXPECT_TRUE(f.drops.empty());
  EXPECT_EQ(f.store.RecordCount(f.foreign), 2u);
  f.Advance(kLook);
  for (int i = 0; i < 3; ++i) f.AnswerEqual();
  EXPECT_EQ(f.store.RecordCount(f.foreign), 0u);
}

TEST(HandoffTest, AnotherListBeginsItAnew) {
  Fixture f;
  f.Hold(f.foreign);
  f.Advance(kLook);
  f.AnswerEqual();
  f.AnswerEqual();
  // The third is about to answer, when an owner is replaced.
  const PeerSend last = f.open.front();
  f.open.clear();
  const MemberKey owner = f.views.view()->ListOf(f.foreign).owners[0];
  std::vector<MemberRecord> members = TestMembers(9);
  members[owner - 1] = TestDeadMember(owner, DeathReason::kOperator);
  f.Show(members);
  ASSERT_FALSE(f.HasPlace(f.foreign)) << "the next in the order is somebody else";
  CompareReply equal;
  equal.request = std::get<CompareRequest>(last.request).request;
  equal.equal = true;
  f.handoff.OnReply(f.now, last.to, equal);
  f.Drain();
  EXPECT_TRUE(f.drops.empty());
  f.Advance(kLook);
  for (int i = 0; i < 3; ++i) f.AnswerEqual();
  EXPECT_EQ(f.drops.size(), 1u) << "all three of the new list have answered";
}

TEST(HandoffTest, AnOwnerWithAnotherListConfirmsNothing) {
  Fixture f;
  f.Hold(f.foreign);
  f.Advance(kLook);
  const auto other = f.views.Other(TestMembers(20));
  const PeerSend send = f.open.front();
  f.open.clear();
  CompareReply reply;
  reply.request = std::get<CompareRequest>(send.request).request;
  reply.outcome = SyncOutcome::kOtherList;
  reply.list = {other->ListOf(f.foreign).hash, other->RecordsOf(f.now, f.foreign)};
  f.handoff.OnReply(f.now, send.to, reply);
  f.Drain();
  EXPECT_TRUE(f.open.empty());
  EXPECT_EQ(f.learn.size(), 1u);
  f.Advance(kLook);
  EXPECT_EQ(f.open.size(), 1u) << "again";
}

TEST(HandoffTest, AnOwnerWithoutRoomConfirmsNothing) {
  Fixture f;
  f.Hold(f.foreign);
  f.Advance(kLook);
  f.AnswerEqual();
  f.AnswerEqual();
  f.AnswerEmpty();
  f.AnswerGive(SyncOutcome::kNoSpace);
  EXPECT_TRUE(f.drops.empty());
  EXPECT_EQ(f.store.RecordCount(f.foreign), 1u);
}

TEST(HandoffTest, JoiningOwnersConfirmToo) {
  Fixture f;
  std::vector<MemberRecord> members = TestMembers(9);
  MemberKey joiner = 10;
  for (;; ++joiner) {  // One that will own the partition.
    members.resize(9);
    members.push_back(TestMemberInPhase(joiner, Phase::kSyncing));
    if (f.views.Other(members)->ListOf(f.foreign).IsJoining(joiner)) break;
  }
  f.Hold(f.foreign);
  f.Show(members);
  f.Advance(kLook);
  std::vector<MemberKey> asked;
  while (!f.open.empty()) asked.push_back(f.AnswerEqual());
  EXPECT_EQ(asked.size(), 4u);
  EXPECT_NE(std::find(asked.begin(), asked.end(), joiner), asked.end());
  EXPECT_EQ(f.drops.size(), 1u);
}

TEST(HandoffTest, FailuresAndSilenceAreTriedAgain) {
  Fixture f;
  f.Hold(f.foreign);
  f.Advance(kLook);
  const PeerSend lost = f.open.front();
  f.open.clear();
  f.handoff.OnPeerFailure(f.now, lost.to);
  f.Drain();
  f.Advance(kLook);
  ASSERT_EQ(f.open.size(), 1u);
  f.open.clear();
  f.Advance(seconds(7));
  ASSERT_EQ(f.open.size(), 1u) << "no answer";
  CompareReply late;
  late.request = std::get<CompareRequest>(lost.request).request;
  late.equal = true;
  f.handoff.OnReply(f.now, lost.to, late);
  f.Drain();
  EXPECT_EQ(f.open.size(), 1u) << "an answer to what was given up";
  for (int i = 0; i < 3; ++i) f.AnswerEqual();
  EXPECT_EQ(f.drops.size(), 1u);
}

TEST(HandoffTest, WhoDrainsHandsOverWhatItOwnedAndIsEmptied) {
  Fixture f;
  Partition mine = 0;
  while (!f.HasPlace(mine)) ++mine;
  const std::string key = f.Hold(mine);
  f.Show(WithDraining(9, 1));
  EXPECT_FALSE(f.HasPlace(mine));
  f.Advance(kLook);
  EXPECT_EQ(f.handoff.undelivered(), 1u);
  EXPECT_EQ(f.emptied, 0);
  for (int i = 0; i < 3; ++i) f.AnswerEqual();
  EXPECT_FALSE(f.store.Get(mine, key));
  EXPECT_EQ(f.emptied, 0) << "it has not looked whether anything came meanwhile";
  f.Advance(kLook);
  EXPECT_EQ(f.emptied, 1);
  EXPECT_EQ(f.store.Put(mine, RecordRef::Make({.key = key, .value = "v", .version = {2}})).outcome,
            PutResult::Outcome::kClosed);
  f.Advance(seconds(5));
  EXPECT_EQ(f.emptied, 1) << "once";
}

TEST(HandoffTest, WhatComesWhileItDrainsIsHandedOverToo) {
  Fixture f;
  f.Hold(f.foreign);
  f.Show(WithDraining(9, 1));
  f.Advance(kLook);
  for (int i = 0; i < 3; ++i) f.AnswerEqual();
  f.Hold(f.foreign);  // by somebody who has not heard of it
  f.Advance(milliseconds(100));
  EXPECT_EQ(f.emptied, 0);
  f.Advance(kLook);
  for (int i = 0; i < 3; ++i) f.AnswerEqual();
  f.Advance(kLook);
  EXPECT_EQ(f.emptied, 1);
}

TEST(HandoffTest, WhoDrainsWhereNobodyElseCanOwnStays) {
  Fixture f;
  f.Hold(f.foreign);
  f.Show({TestMemberInPhase(1, Phase::kDraining), TestMemberInPhase(2, Phase::kDraining)});
  f.Advance(seconds(5));
  EXPECT_TRUE(f.open.empty());
  EXPECT_EQ(f.emptied, 0);
  EXPECT_EQ(f.store.RecordCount(f.foreign), 1u);
}

TEST(HandoffTest, BeforeTheJoinThereIsNothingToDo) {
  TestViews views(1, 3, 1);
  MemoryEngine store({.partition_count = 16});
  CopyStates states(16);
  LocalCopies copies{store, states};
  Handoff handoff({}, copies, views);
  handoff.OnViewChanged(TimePoint(hours(1)));
  EXPECT_EQ(handoff.NextDeadline(), kNever);
}

TEST(HandoffTest, WhileClientsAreServedItAsksAtAPace) {
  Fixture f;
  f.Hold(f.foreign);
  f.Advance(seconds(1));
  ASSERT_EQ(f.open.size(), 1u);
  f.clients.Note(f.now);
  // The first comparison went out long ago; what is given next went out now.
  f.AnswerEmpty();
  ASSERT_EQ(f.open.size(), 1u);
  f.AnswerGive();
  EXPECT_TRUE(f.open.empty());
  f.Advance(PaceConfig().rest);
  EXPECT_EQ(f.open.size(), 1u) << "the next owner is compared with";
}

}  // namespace
}  // namespace vf
