// Clusters of Swims: restarts, leaves, cuts that heal.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>

#include "tests/gossip/cluster.h"

namespace vf {
namespace {

TEST(ClusterTest, RestartAtTheSameAddressSupersedesAndInheritsTheSeat) {
  GossipNetwork net(13);
  StartCluster(net, 5);
  const MemberKey old_key = net.key(3);
  const MembershipSnapshot before = net.swim(0).Snapshot();
  const std::uint64_t seat = net.Find(before, 3)->record.seat;
  ASSERT_NE(seat, 0u);
  net.Crash(3);
  net.Run(milliseconds(200));
  net.Start(3, Node({0}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  for (const auto i : std::initializer_list<std::size_t>{0, 1, 2, 4}) {
    const MembershipSnapshot snapshot = net.swim(i).Snapshot();
    EXPECT_EQ(net.Find(snapshot, 3)->record.seat, seat);
    const auto old = std::find_if(snapshot.members.begin(), snapshot.members.end(),
                                  [&](const Member& m) { return m.record.key() == old_key; });
    ASSERT_NE(old, snapshot.members.end());
    EXPECT_EQ(old->record.state, MemberState::kDead);
    EXPECT_EQ(old->record.death_reason, DeathReason::kSuperseded);
  }
}

TEST(ClusterTest, RestartWithAClockThatWentBackIsAdmitted) {
  GossipNetwork net(14);
  StartCluster(net, 4);
  net.Crash(3);
  net.Run(milliseconds(200));
  GossipProcessOptions options = Node({0});
  options.clock_offset_ms = -3'600'000;
  net.Start(3, options);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
}

// Found by cluster-sim: the second answer was about the boot number before, and ended the process.
TEST(ClusterTest, RestartWithAClockThatWentBackIsAdmittedThoughThreeContactsObject) {
  GossipNetwork net(42);
  StartCluster(net, 5);
  net.Crash(3);
  net.Run(seconds(2));
  GossipProcessOptions options = Node({0, 1, 2});
  options.clock_offset_ms = -3'000'000;
  net.Start(3, options);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
  EXPECT_EQ(net.seen(3).refused, "");
}

TEST(ClusterTest, RestartAfterALeaveInheritsTheSeatToo) {
  GossipNetwork net(15);
  StartCluster(net, 4);
  const std::uint64_t seat = [&] {
    const MembershipSnapshot s = net.swim(0).Snapshot();
    return net.Find(s, 3)->record.seat;
  }();
  net.Leave(3);
  net.Run(milliseconds(300));
  net.Crash(3);
  net.Start(3, Node({1}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  const MembershipSnapshot s = net.swim(2).Snapshot();
  EXPECT_EQ(net.Find(s, 3)->record.seat, seat);
}

TEST(ClusterTest, LeaveIsKnownEverywhereAtOnce) {
  GossipNetwork net(16);
  StartCluster(net, 10);
  net.Leave(4);
  const auto all_know = [&] { return AllBelieve(net, 4, MemberState::kLeft); };
  EXPECT_TRUE(net.RunUntil(all_know, milliseconds(100))) << Describe(net);
  net.Run(milliseconds(300));
  net.Crash(4);
  net.Run(seconds(5));
  EXPECT_TRUE(all_know()) << "left, not dead\n" << Describe(net);
}

TEST(ClusterTest, CutAndHeal) {
  GossipNetwork net(17);
  StartCluster(net, 10);
  net.Cut({0, 1, 2, 3});
  net.Run(minutes(2));
  EXPECT_TRUE(net.Believes(0, 9, MemberState::kDead));
  EXPECT_TRUE(net.Believes(9, 0, MemberState::kDead));
  const auto asked = [&] {
    std::uint64_t sum = 0;
    for (const std::size_t i : net.Up()) sum += net.swim(i).counters().heal_asked;
    return sum;
  };
  EXPECT_EQ(asked(), 0u) << "nothing gets across";
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
  EXPECT_TRUE(net.seen(9).suspected_self);
  EXPECT_GT(asked(), 0u) << "whether they are back";
}

TEST(ClusterTest, SingleMemberComesBackAfterALongCut) {
  GossipNetwork net(18);
  StartCluster(net, 8);
  net.Cut({5});
  net.Run(hours(2));
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

}  // namespace
}  // namespace vf
