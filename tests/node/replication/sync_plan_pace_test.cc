// Passes give way to clients.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/node/replication/sync_plan_fixture.h"

namespace vf {
namespace {

using Fixture = SyncPlanFixture;

constexpr PaceConfig kPace;

TEST(SyncPlanPaceTest, WithoutClientsAllPassesThatMayRunAskAtOnce) {
  Fixture f({Joiner(), TestMember(2)}, Passes(8));
  EXPECT_EQ(f.open.size(), 8u);
}

TEST(SyncPlanPaceTest, OnceAPeerSaysThatItServesClientsMessagesGoOutOneByOne) {
  Fixture f({Joiner(), TestMember(2)}, Passes(8));
  // Each of them has something to give.
  while (!f.open.empty()) {
    const PeerSend send = f.open.front();
    f.open.erase(f.open.begin());
    if (!std::holds_alternative<CompareRequest>(send.request)) break;
    CompareReply reply;
    reply.request = std::get<CompareRequest>(send.request).request;
    reply.buckets[7] = 1;
    reply.serves_clients = true;
    f.Reply(send.to, reply);
  }
  f.open.clear();
  f.Advance(kPace.rest_after_comparison);
  ASSERT_EQ(f.open.size(), 1u) << "the last of the comparisons has had its rest";
  f.open.clear();
  for (int i = 0; i < 6; ++i) {
    f.Advance(kPace.rest - microseconds(1));
    EXPECT_TRUE(f.open.empty()) << i;
    f.Advance(microseconds(1));
    ASSERT_EQ(f.open.size(), 1u) << i;
    EXPECT_TRUE(std::holds_alternative<PullRequest>(f.open[0].request));
    f.open.clear();
  }
}

TEST(SyncPlanPaceTest, ClientsHereCountAsWell) {
  Fixture f({Joiner(), TestMember(2)}, Passes(8));
  f.clients.Note(f.now);
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 8) << "those that were asked about; the others wait";
  f.Advance(kPace.rest_after_comparison);
  EXPECT_EQ(f.open.size(), 1u);
}

TEST(SyncPlanPaceTest, AllComeInSyncWhileClientsAreServed) {
  Fixture f({Joiner(), TestMember(2), TestMember(3)});
  for (int i = 0; i < 1'000 && f.InSync() < 16; ++i) {
    f.clients.Note(f.now);
    f.AnswerAll();
    f.Advance(milliseconds(1));
  }
  EXPECT_EQ(f.InSync(), 16);
  EXPECT_TRUE(f.ready);
}

TEST(SyncPlanPaceTest, APassThatIsGivenUpAsksNothingMore) {
  Fixture f({Joiner(), TestMember(2), TestMember(3)}, Passes(16));
  f.clients.Note(f.now);
  f.AnswerAll();
  f.plan.OnPeerFailure(f.now, 2);
  f.plan.OnPeerFailure(f.now, 3);
  f.Drain();
  f.open.clear();
  f.Advance(milliseconds(19));
  EXPECT_TRUE(f.open.empty()) << "they are tried again after SyncConfig::retry";
  f.Advance(milliseconds(20));
  EXPECT_FALSE(f.open.empty());
}

// The answer that a question has got does not answer the next one, which has yet to go out.
TEST(SyncPlanPaceTest, AnAnswerThatComesTwiceCountsOnce) {
  Fixture f({Joiner(), TestMember(2)}, Passes(1));
  f.clients.Note(f.now);
  const Partition p = f.RequestOf(0).partition;
  CompareReply reply;
  reply.request = f.RequestOf(0).request;
  reply.buckets[7] = 1;
  f.open.clear();
  f.Reply(2, reply);
  PullReply unasked;
  unasked.request = reply.request;
  unasked.last = true;
  f.Reply(2, unasked);
  unasked.request = 0;
  f.Reply(2, unasked);
  EXPECT_FALSE(f.states.IsInSync(p));
  f.Advance(kPace.rest);
  ASSERT_EQ(f.open.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<PullRequest>(f.open[0].request));
}

}  // namespace
}  // namespace vf
