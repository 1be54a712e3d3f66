// The failure catalogue, cases 1 to 3: cuts that must heal (docs/membership.md).
#include <gtest/gtest.h>

#include "tests/gossip/cluster.h"

namespace vf {
namespace {

// Its timers are rare: a virtual day costs a second.
SwimConfig Slow() {
  SwimConfig config = SwimConfig::Wan();
  config.probe_interval = seconds(30);
  return config;
}

// A cut of any length, in two and in four; nobody who lives is buried while it heals.
TEST(FailureCatalogueTest, Case01_ACutHealsByItself) {
  for (const int islands : {2, 4}) {
    GossipNetwork net(101);
    StartCluster(net, 16);
    std::map<std::size_t, int> sides;
    for (std::size_t i = 0; i < 16; ++i) sides[i] = static_cast<int>(i) % islands;
    net.SetIslands(sides);
    net.Run(minutes(2));
    EXPECT_TRUE(net.Believes(0, 1, MemberState::kDead)) << Describe(net);
    const int deaths = net.false_deaths();
    net.SetIslands({});
    EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
    net.Run(seconds(10));
    EXPECT_EQ(net.false_deaths(), deaths) << "while " << islands << " islands met again";
  }
}

// Short enough that the news of the deaths is still under way when the sides meet.
TEST(FailureCatalogueTest, Case01_ACutThatEndsWhileItsDeathsAreNewsBuriesNobodyElse) {
  for (const int length_ms : {4'500, 5'500, 6'500, 8'000, 10'000}) {
    SCOPED_TRACE(length_ms);
    GossipNetwork net(102);
    StartCluster(net, 16);
    net.Cut({0, 1, 2, 3, 4, 5});
    net.Run(milliseconds(length_ms));
    net.Cut({});
    EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(8))) << Describe(net);
    net.Run(seconds(10));
    EXPECT_TRUE(net.Agree()) << Describe(net);
  }
}

TEST(FailureCatalogueTest, Case02_ACutOfTwoDaysHeals) {
  GossipNetwork net(103);
  GossipProcessOptions options = Node();
  options.config = Slow();
  StartCluster(net, 6, options);
  net.Cut({4, 5});
  net.Run(hours(48));
  EXPECT_TRUE(net.Believes(0, 5, MemberState::kDead)) << "it may come back with what it held";
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(60))) << Describe(net);
}

// Who stores is listed until it is back; of others nothing is left in the end. Contacts are asked
// for ever.
TEST(FailureCatalogueTest, Case02_ACutThatOutlivesAllTombstonesHealsThroughContacts) {
  GossipNetwork net(104);
  GossipProcessOptions founder = Node();
  founder.config.evict_after = founder.config.controller_evict_after = seconds(30);
  founder.config.tombstone_age = minutes(1);
  net.Start(0, founder);
  GossipProcessOptions frontend = founder;
  frontend.roles = kRoleFrontend;
  for (std::size_t i = 1; i < 8; ++i) {
    frontend.contacts = {i == 1 ? std::size_t{0} : std::size_t{1}};
    net.Start(i, frontend);
  }
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
  net.Cut({4, 5, 6, 7});
  net.Crash(0, false);
  net.Run(minutes(10));
  EXPECT_EQ(net.Find(net.swim(1).Snapshot(), 5), nullptr);
  EXPECT_EQ(net.Find(net.swim(5).Snapshot(), 1), nullptr);
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

// The controller is nobody's contact on the other side; it is remembered from the joining.
TEST(FailureCatalogueTest, Case02_ControllersAreNeverGivenUp) {
  GossipNetwork net(105);
  GossipProcessOptions short_memory;
  short_memory.config.evict_after = short_memory.config.controller_evict_after = seconds(30);
  short_memory.config.tombstone_age = minutes(1);
  const auto with = [&](GossipProcessOptions options) {
    options.config = short_memory.config;
    return options;
  };
  net.Start(0, with(Node()));
  net.Start(1, with(Controller({0})));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
  net.Run(seconds(1));
  GossipProcessOptions frontend = with(Node({0}));
  frontend.roles = kRoleFrontend;
  for (std::size_t i = 2; i < 6; ++i) net.Start(i, frontend);
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
  // Node 0, the contact of all, dies for good; then the controller is cut off.
  net.Crash(0, false);
  net.Run(seconds(20));
  net.Cut({1});
  net.Run(minutes(10));
  EXPECT_EQ(net.Find(net.swim(2).Snapshot(), 1), nullptr);
  EXPECT_EQ(net.Find(net.swim(1).Snapshot(), 2), nullptr);
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

TEST(FailureCatalogueTest, Case03_TwoClustersCannotFormAtStartUp) {
  for (std::uint64_t seed = 110; seed < 120; ++seed) {
    GossipNetwork net(seed);
    net.Cut({0, 1, 2});
    for (std::size_t i = 0; i < 6; ++i) net.Start(i, Node({0, 3}));
    net.Run(minutes(3));
    EXPECT_EQ(net.Foundations(), 0u) << "a contact is silent: it may be in a cluster";
    net.Cut({});
    EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(15))) << Describe(net);
    EXPECT_EQ(net.Foundations(), 1u);
  }
}

// All of one side start during the cut, through a member that the other side holds dead.
TEST(FailureCatalogueTest, Case03_IslandsOfOneFoundationMeetThroughContacts) {
  GossipNetwork net(121);
  StartCluster(net, 4);
  net.Cut({3, 10, 11, 12});
  net.Run(seconds(30));
  for (std::size_t i = 10; i < 13; ++i) net.Start(i, Node({3}));
  net.Run(minutes(1));
  EXPECT_EQ(net.swim(10).Snapshot().foundation, net.swim(0).Snapshot().foundation);
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

}  // namespace
}  // namespace vf
