// The failure catalogue, case 20: what the operator forgets is gone for good (docs/membership.md).
#include <gtest/gtest.h>

#include "gossip/members/member_order.h"
#include "tests/gossip/cluster.h"

namespace vf {
namespace {

MemberId IdOf(GossipNetwork& net, std::size_t subject) {
  return net.Find(net.swim(0).Snapshot(), subject)->record.id;
}

// All others hold `subject` for removed by the operator, or for evicted.
bool AllHaveForgotten(GossipNetwork& net, std::size_t subject) {
  for (const std::size_t i : net.Up()) {
    if (i == subject) continue;
    const MembershipSnapshot snapshot = net.swim(i).Snapshot();
    const Member* member = net.Find(snapshot, subject);
    if (member != nullptr &&
        (!IsFinal(member->record) || member->record.death_reason != DeathReason::kOperator)) {
      return false;
    }
  }
  return true;
}

void CrashAndAwaitDeath(GossipNetwork& net, std::size_t subject) {
  net.Crash(subject);
  ASSERT_TRUE(
      net.RunUntil([&] { return AllBelieve(net, subject, MemberState::kDead); }, seconds(10)))
      << Describe(net);
}

TEST(FailureCatalogueTest, Case20_AForgottenDeadMemberIsForgottenByAll) {
  GossipNetwork net(2001);
  StartCluster(net, 12);
  const MemberId id = IdOf(net, 5);
  CrashAndAwaitDeath(net, 5);
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  EXPECT_TRUE(net.RunUntil([&] { return AllHaveForgotten(net, 5); }, seconds(2)));
  // Nobody asks there any more.
  net.Run(seconds(1));
  const std::uint64_t pings = net.swim(0).counters().heal_pings;
  net.Run(minutes(1));
  EXPECT_EQ(net.swim(0).counters().heal_pings, pings);
}

TEST(FailureCatalogueTest, Case20_ForgettingTwiceIsHarmless) {
  GossipNetwork net(2002);
  StartCluster(net, 6);
  const MemberId id = IdOf(net, 5);
  CrashAndAwaitDeath(net, 5);
  const TimePoint died = net.Find(net.swim(0).Snapshot(), 5)->since;
  net.Run(seconds(20));
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  EXPECT_EQ(net.swim(1).Forget(net.now(), id), ForgetOutcome::kForgotten);
  EXPECT_TRUE(net.RunUntil([&] { return AllHaveForgotten(net, 5); }, seconds(2)));
  const std::uint64_t pushes = net.swim(0).counters().pushes;
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  net.Run(seconds(2));
  EXPECT_EQ(net.swim(0).counters().pushes, pushes) << "no second wave";
  EXPECT_EQ(net.Find(net.swim(0).Snapshot(), 5)->since, died) << "it is dead since then";
}

// Serf's members stayed "leaving" for days: whoever hung could refute. Here it cannot.
TEST(FailureCatalogueTest, Case20_AHungMemberIsToldWhenItWakesAndCannotRefute) {
  for (const MemberState found : {MemberState::kSuspect, MemberState::kDead}) {
    SCOPED_TRACE(static_cast<int>(found));
    GossipNetwork net(2003);
    StartCluster(net, 8);
    const MemberId id = IdOf(net, 3);
    net.Pause(3);
    ASSERT_TRUE(net.RunUntil([&] { return net.Believes(0, 3, found); }, seconds(30)))
        << Describe(net);
    EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
    ASSERT_TRUE(net.RunUntil([&] { return AllHaveForgotten(net, 3); }, seconds(2)));
    net.Resume(3);
    ASSERT_TRUE(net.RunUntil([&] { return !net.swim(3).Snapshot().excluded.empty(); }, seconds(5)))
        << Describe(net);
    EXPECT_NE(net.seen(3).refused.find("the operator has removed this process"), std::string::npos);
    EXPECT_GT(net.seen(3).suspected_self, 0) << "its copies may have missed writes";
    net.Run(minutes(2));
    EXPECT_TRUE(AllHaveForgotten(net, 3)) << Describe(net);
  }
}

TEST(FailureCatalogueTest, Case20_AMemberBehindACutHearsOfItWhenTheCutHeals) {
  GossipNetwork net(2004);
  StartCluster(net, 8);
  const MemberId id = IdOf(net, 3);
  net.Cut({3});
  ASSERT_TRUE(net.RunUntil([&] { return net.Believes(0, 3, MemberState::kDead); }, seconds(30)));
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  net.Run(minutes(20));
  ASSERT_EQ(net.Find(net.swim(0).Snapshot(), 3), nullptr) << "evicted: a tombstone only";
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return !net.swim(3).Snapshot().excluded.empty(); }, seconds(10)));
  EXPECT_TRUE(AllHaveForgotten(net, 3)) << Describe(net);
}

// A frontend: who stores is listed for as long as it is away.
TEST(FailureCatalogueTest, Case20_WhoIsKnownByItsTombstoneAloneCanBeForgottenToo) {
  GossipNetwork net(2005);
  StartCluster(net, 7);
  GossipProcessOptions frontend = Node({0});
  frontend.roles = kRoleFrontend;
  net.Start(7, frontend);
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
  const MemberId id = IdOf(net, 7);
  net.Cut({7});
  net.Run(minutes(20));
  ASSERT_EQ(net.Find(net.swim(0).Snapshot(), 7), nullptr);
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  net.Run(seconds(1));
  const std::uint64_t pings = net.swim(6).counters().heal_pings;
  net.Run(minutes(1));
  EXPECT_EQ(net.swim(6).counters().heal_pings, pings) << "the others have heard of it";
  net.Cut({});
  net.Run(minutes(1));
  EXPECT_TRUE(AllHaveForgotten(net, 7)) << Describe(net);
}

TEST(FailureCatalogueTest, Case20_WhoLeftCanBeForgotten) {
  GossipNetwork net(2006);
  StartCluster(net, 6);
  const MemberId id = IdOf(net, 5);
  net.Leave(5);
  net.Run(seconds(1));
  net.Crash(5);
  ASSERT_TRUE(net.RunUntil([&] { return AllBelieve(net, 5, MemberState::kLeft); }, seconds(5)));
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  EXPECT_TRUE(net.RunUntil([&] { return AllHaveForgotten(net, 5); }, seconds(2)));
}

TEST(FailureCatalogueTest, Case20_ANewLifeOfAForgottenMemberMayJoin) {
  GossipNetwork net(2007);
  StartCluster(net, 6);
  const MemberId id = IdOf(net, 5);
  CrashAndAwaitDeath(net, 5);
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kForgotten);
  net.Run(seconds(2));
  GossipProcessOptions again = Node({0});
  again.key = id.key();
  net.Start(5, again);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
  EXPECT_EQ(net.swim(5).Snapshot().excluded, "");
}

TEST(FailureCatalogueTest, Case20_OnlyOthersWhoDoNotAnswerAreForgotten) {
  GossipNetwork net(2008);
  StartCluster(net, 4);
  const MemberId id = IdOf(net, 3);
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kAlive);
  EXPECT_EQ(net.swim(0).Forget(net.now(), IdOf(net, 0)), ForgetOutcome::kSelf);
  MemberId stranger = id;
  stranger.bytes[15] ^= std::byte{1};  // Another id with the same key.
  EXPECT_EQ(net.swim(0).Forget(net.now(), stranger), ForgetOutcome::kUnknown);
  stranger.bytes[0] ^= std::byte{1};
  EXPECT_EQ(net.swim(0).Forget(net.now(), stranger), ForgetOutcome::kUnknown);
  net.Run(seconds(5));
  EXPECT_TRUE(net.Agree()) << Describe(net);
  net.Leave(0);
  EXPECT_EQ(net.swim(0).Forget(net.now(), id), ForgetOutcome::kHasLeft);
  net.Start(9, Node({8}));
  EXPECT_EQ(net.swim(9).Forget(net.now(), id), ForgetOutcome::kNoCluster);
}

}  // namespace
}  // namespace vf
