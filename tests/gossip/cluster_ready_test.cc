// Clusters of Swims: who is told first that a member is ready.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "tests/gossip/cluster.h"

namespace vf {
namespace {

TEST(ClusterTest, ReadyIsToldToTheFirstBeforeTheRest) {
  GossipNetwork net(21);
  StartCluster(net, 8);
  net.Run(seconds(1));
  const std::vector<MemberKey> first = {net.key(1), net.key(2)};
  const auto phase_at = [&](std::size_t observer) {
    const MembershipSnapshot s = net.swim(observer).Snapshot();
    return net.Find(s, 7)->record.phase;
  };
  net.Cut({2});  // One of the first cannot hear.
  net.swim(7).SetPhase(net.now(), Phase::kReady, first);
  net.Run(milliseconds(60));
  EXPECT_EQ(phase_at(1), Phase::kReady);
  for (const auto i : std::initializer_list<std::size_t>{0, 3, 4, 5, 6, 7})
    EXPECT_EQ(phase_at(i), Phase::kJoining) << i;
  net.Cut({});
  const auto all_ready = [&] {
    const auto up = net.Up();
    return std::all_of(up.begin(), up.end(),
                       [&](std::size_t i) { return phase_at(i) == Phase::kReady; });
  };
  EXPECT_TRUE(net.RunUntil(all_ready, milliseconds(300)));
}

TEST(ClusterTest, ReadyWaitsForNobodyWhoIsSuspectOrDead) {
  GossipNetwork net(22);
  StartCluster(net, 8);
  net.Run(seconds(1));
  net.Crash(2, false);
  const std::vector<MemberKey> first = {net.key(1), net.key(2)};
  net.swim(7).SetPhase(net.now(), Phase::kReady, first);
  const auto ready_at_five = [&] {
    const MembershipSnapshot s = net.swim(5).Snapshot();
    return net.Find(s, 7)->record.phase == Phase::kReady;
  };
  EXPECT_TRUE(net.RunUntil(ready_at_five, seconds(2))) << Describe(net);
}

TEST(ClusterTest, ReadyReachesAllFrontendsWithinMilliseconds) {
  GossipNetwork net(23);
  StartCluster(net, 30);
  net.Run(seconds(1));
  net.swim(9).SetPhase(net.now(), Phase::kReady, {});
  const auto all_ready = [&] {
    const auto up = net.Up();
    return std::all_of(up.begin(), up.end(), [&](std::size_t i) {
      const MembershipSnapshot s = net.swim(i).Snapshot();
      return net.Find(s, 9)->record.phase == Phase::kReady;
    });
  };
  EXPECT_TRUE(net.RunUntil(all_ready, milliseconds(20)));
}

}  // namespace
}  // namespace vf
