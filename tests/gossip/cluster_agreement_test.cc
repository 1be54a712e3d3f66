// Clusters of Swims: views agree after anything, and runs are repeatable.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/gossip/cluster.h"

namespace vf {
namespace {

TEST(ClusterTest, SameNumberSameRun) {
  const auto run = [] {
    GossipNetwork net(24);
    net.set_loss(0.02);
    net.Start(0, Controller());
    for (std::size_t i = 1; i < 12; ++i) net.Start(i, Node({0}));
    net.Run(seconds(5));
    net.Crash(4);
    net.Run(seconds(5));
    return net.trace_hash();
  };
  EXPECT_EQ(run(), run());
}

// Crashes, restarts, leaves, pauses, cuts and loss in any order; then peace, and all agree.
TEST(ClusterTest, AgreesAfterAnyFaults) {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    GossipNetwork net(seed);
    Rng rng(seed + 1'000'000);
    constexpr std::size_t kProcesses = 12;
    const std::vector<std::size_t> contacts = {0, 1, 2};
    net.Start(0, Controller({1, 2}));
    for (std::size_t i = 1; i < kProcesses; ++i) net.Start(i, Node(contacts));
    ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
    net.set_loss(0.03);
    std::set<std::size_t> paused;
    for (int step = 0; step < 40; ++step) {
      // One member is left alone, so that the cluster outlives it all.
      const std::size_t i = rng.Uniform(kProcesses - 1);
      switch (rng.Uniform(6)) {
        case 0:
          if (net.is_up(i) && !paused.contains(i)) net.Crash(i, rng.Chance(1, 2));
          break;
        case 1:
        case 2:
          if (!net.is_up(i)) net.Start(i, i == 0 ? Controller({1, 2, 11}) : Node({0, 1, 2, 11}));
          break;
        case 3:
          if (net.is_up(i) && paused.insert(i).second) net.Pause(i);
          break;
        case 4:
          for (const std::size_t p : paused) net.Resume(p);
          paused.clear();
          break;
        default:
          net.Cut(rng.Chance(1, 2) ? std::set<std::size_t>{} : std::set<std::size_t>{i, i + 1});
      }
      net.Run(rng.Between(milliseconds(10), seconds(3)));
    }
    for (const std::size_t p : paused) net.Resume(p);
    net.Cut({});
    net.set_loss(0);
    EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(30))) << Describe(net);
    EXPECT_EQ(net.Foundations(), 1u);
  }
}

// As if they had run for long: nobody asks, announces or compares anything.
TEST(ClusterTest, WarmMembersAgreeFromTheFirstMoment) {
  GossipNetwork net(26);
  net.StartWarm(20);
  EXPECT_TRUE(net.Agree()) << Describe(net);
  net.Run(seconds(10));
  EXPECT_TRUE(net.Agree()) << Describe(net);
  for (std::size_t i = 0; i < 20; ++i) {
    const SwimCounters& counters = net.swim(i).counters();
    EXPECT_EQ(counters.datagrams_out, counters.datagrams_in) << "pings and acks only";
    EXPECT_EQ(counters.digests + counters.pushes, 0u);
    EXPECT_NEAR(static_cast<double>(counters.probes), 40, 1);
  }
}

TEST(ClusterTest, WarmMembersAdmitAndBuryLikeOthers) {
  GossipNetwork net(27);
  net.StartWarm(20);
  net.Start(20, Node({3}));
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
  net.Crash(7);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(20))) << Describe(net);
  EXPECT_EQ(net.false_deaths(), 0);
}

// Detection and joins go on with all controllers gone.
TEST(ClusterTest, WorksWithoutItsController) {
  GossipNetwork net(25);
  net.Start(0, Controller());
  for (std::size_t i = 1; i < 6; ++i) net.Start(i, Node({0}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(6))) << Describe(net);
  net.Crash(0);
  net.Run(seconds(5));
  net.Start(6, Node({0, 3}));
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
  net.Start(0, Controller());  // It remembers nothing; the others ask it.
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

}  // namespace
}  // namespace vf
