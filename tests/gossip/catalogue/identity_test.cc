// The failure catalogue, cases 4 to 12 and 20: who is who, and who is no more
// (docs/membership.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "gossip/members/member_order.h"
#include "gossip/members/member_table.h"
#include "tests/gossip/cluster.h"
#include "tests/gossip/datagram_of.h"

namespace vf {
namespace {

std::size_t RowsAt(GossipNetwork& net, std::size_t observer, const Endpoint& endpoint, bool live) {
  const MembershipSnapshot s = net.swim(observer).Snapshot();
  return static_cast<std::size_t>(
      std::count_if(s.members.begin(), s.members.end(), [&](const Member& member) {
        return member.record.endpoint == endpoint && member.record.IsLive() == live;
      }));
}

std::size_t LinesWith(const std::vector<std::string>& log, const std::string& text) {
  return static_cast<std::size_t>(std::count_if(log.begin(), log.end(), [&](const std::string& l) {
    return l.find(text) != std::string::npos;
  }));
}

TEST(FailureCatalogueTest, Case04_NobodyStaysDeadAfterAMassRestart) {
  GossipNetwork net(104);
  StartCluster(net, 40);
  Rng rng(4);
  for (std::size_t i = 1; i < 40; ++i) net.Crash(i, rng.Chance(1, 2));
  net.Run(seconds(3));
  for (std::size_t i = 1; i < 40; ++i) {
    net.Start(i, Node({0}));
    net.Run(rng.Between(milliseconds(0), milliseconds(50)));
  }
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(8))) << Describe(net);
  net.Run(minutes(1));
  EXPECT_TRUE(net.Agree()) << Describe(net);
}

// More members, which store nothing: nobody waits for them when they are dead.
void StartFrontends(GossipNetwork& net, const std::vector<std::size_t>& indices,
                    GossipProcessOptions options) {
  options.roles = kRoleFrontend;
  options.contacts = {0};
  for (const std::size_t i : indices) net.Start(i, options);
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

// Members sleep while another dies and is evicted; awake again, they still hold it for alive.
TEST(FailureCatalogueTest, Case05_SleepersDoNotRaiseARemovedMember) {
  GossipNetwork net(105);
  GossipProcessOptions options = Node();
  options.config.evict_after = options.config.controller_evict_after = seconds(40);
  options.config.tombstone_age = hours(1);
  StartCluster(net, 7, options);
  StartFrontends(net, {7}, options);
  const MemberKey ghost = net.key(7);
  net.Pause(5);
  net.Pause(6);
  net.Crash(7, false);
  net.Run(minutes(3));
  EXPECT_EQ(net.Find(net.swim(0).Snapshot(), 7), nullptr) << "evicted";
  int raised = 0;
  const auto looks = [&] {
    for (std::size_t i = 0; i < 5; ++i) raised += net.Believes(i, 7, MemberState::kAlive) ? 1 : 0;
  };
  net.Resume(5);
  net.Run(seconds(1));
  net.Resume(6);
  for (int i = 0; i < 600; ++i) {
    net.Run(milliseconds(100));
    looks();
  }
  EXPECT_EQ(raised, 0) << "member " << ghost;
  EXPECT_TRUE(net.Agree()) << Describe(net);
}

// Statements of any age in any order, eviction in between: what is stored never goes back.
TEST(FailureCatalogueTest, Case06_StoredBootAndIncarnationNeverGoDown) {
  constexpr std::uint64_t kBoot = 28'000'000'000;
  Rng rng(106);
  for (int run = 0; run < 200; ++run) {
    MemberTable table(1);
    TimePoint now{seconds(10'000)};
    std::map<MemberKey, std::pair<std::uint64_t, std::uint32_t>> highest;
    for (int step = 0; step < 200; ++step) {
      now += rng.Between(milliseconds(0), seconds(20));
      MemberRecord r;
      StoreBigEndian(r.id.bytes.data(), std::uint64_t{2} + rng.Uniform(4));
      r.boot = kBoot + rng.Uniform(3);
      r.incarnation = static_cast<std::uint32_t>(rng.Uniform(4));
      r.state = static_cast<MemberState>(rng.Uniform(4));
      r.endpoint = Endpoint::V4({10, 0, 0, static_cast<std::uint8_t>(1 + rng.Uniform(5))}, 8'000);
      r.meta_version = static_cast<std::uint32_t>(rng.Uniform(3));
      r.age_s = static_cast<std::uint32_t>(r.IsLive() ? 0 : rng.Uniform(100));
      table.Merge(now, r);
      table.Evict(now, minutes(1), hours(1));
      for (MemberKey key = 2; key < 6; ++key) {
        const MemberRecord* stored = table.FindRecord(key);
        if (stored == nullptr) continue;
        const auto life = std::pair(stored->boot, stored->incarnation);
        EXPECT_GE(life, highest[key]);
        highest[key] = life;
      }
    }
  }
}

// Evicted by most, remembered as alive by sleepers that wake one after the other.
TEST(FailureCatalogueTest, Case07_GhostsDoNotCirculate) {
  GossipNetwork net(107);
  GossipProcessOptions options = Node();
  options.config.evict_after = options.config.controller_evict_after = seconds(30);
  options.config.tombstone_age = minutes(30);
  StartCluster(net, 10, options);
  StartFrontends(net, {10, 11}, options);
  const std::set<std::size_t> asleep = {7, 8, 9};
  for (const std::size_t i : asleep) net.Pause(i);
  net.Crash(10, false);
  net.Crash(11, false);
  for (const std::size_t i : asleep) {
    net.Run(minutes(2));
    net.Resume(i);
  }
  net.Run(minutes(3));
  for (const std::size_t i : net.Up()) {
    EXPECT_EQ(net.swim(i).Snapshot().members.size(), 10u) << Describe(net);
  }
}

TEST(FailureCatalogueTest, Case08_ARestartedMemberAppearsOnce) {
  GossipNetwork net(108);
  StartCluster(net, 6);
  // With its old id ...
  GossipProcessOptions same = Node({0});
  same.key = net.key(3);
  net.Crash(3);
  net.Run(milliseconds(300));
  net.Start(3, same);
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  for (const std::size_t i : net.Up()) {
    EXPECT_EQ(net.swim(i).Snapshot().members.size(), 6u) << Describe(net);
  }
  // ... and with a new one: the old row is dead, and says why.
  net.Crash(4);
  net.Run(milliseconds(300));
  net.Start(4, Node({0}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  for (const std::size_t i : net.Up()) {
    EXPECT_EQ(RowsAt(net, i, net.EndpointOf(4), true), 1u);
    if (i == 4) continue;
    EXPECT_EQ(RowsAt(net, i, net.EndpointOf(4), false), 1u);
  }
}

TEST(FailureCatalogueTest, Case09_NeitherIdNorAddressBlocksAReplacement) {
  GossipNetwork net(109);
  StartCluster(net, 5);
  // The member moves to another address, with its id.
  GossipProcessOptions moved = Node({0});
  moved.key = net.key(3);
  net.Crash(3, false);
  net.Run(milliseconds(200));
  net.Start(8, moved);
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  // Somebody new comes to its old address.
  net.Start(3, Node({0}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  EXPECT_EQ(net.Find(net.swim(0).Snapshot(), 8)->record.endpoint, net.EndpointOf(8));
}

// A duplicate address: the later boot has it, the other is silent until it has it back.
TEST(FailureCatalogueTest, Case10_OfTwoAtOneAddressTheLaterWinsOnce) {
  GossipNetwork net(110);
  StartCluster(net, 8);
  net.Run(seconds(2));
  GossipProcessOptions twin = Node({0});
  twin.at = 3;
  net.Start(9, twin);
  const auto won = [&] {
    return net.Believes(0, 9, MemberState::kAlive) && net.Believes(7, 9, MemberState::kAlive);
  };
  ASSERT_TRUE(net.RunUntil(won, seconds(3))) << Describe(net);
  net.SetHolder(3, 3);  // For a moment the network finds the older one.
  net.Run(milliseconds(400));
  net.SetHolder(3, 9);
  net.Run(seconds(5));
  EXPECT_NE(net.swim(3).Snapshot().excluded.find("taken over"), std::string::npos);
  const auto refutations = [&] {
    std::uint64_t all = 0;
    for (const std::size_t i : net.Up()) all += net.swim(i).counters().refutations;
    return all;
  };
  EXPECT_LE(refutations(), 4u);
  const std::uint64_t before = refutations();
  const std::uint64_t said = net.swim(3).counters().datagrams_out;
  net.Run(minutes(10));
  EXPECT_EQ(refutations(), before);
  EXPECT_LE(net.swim(3).counters().datagrams_out, said + 21) << "a question every 30 s";
  EXPECT_EQ(LinesWith(net.seen(3).log, "taken over"), 1u);
  for (const std::size_t i : net.Up()) {
    if (i == 3) continue;
    EXPECT_EQ(RowsAt(net, i, net.EndpointOf(3), true), 1u) << i;
  }
  // The other goes, the address is its own again.
  net.Crash(9);
  net.SetHolder(3, 3);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(45))) << Describe(net);
  EXPECT_EQ(net.swim(3).Snapshot().excluded, "");
}

// A cloned disk: the later boot keeps the id, the other joins with a new one.
TEST(FailureCatalogueTest, Case11_OfTwoWithOneIdTheOlderTakesANewOne) {
  GossipNetwork net(111);
  StartCluster(net, 6);
  net.Run(seconds(2));
  GossipProcessOptions clone = Node({0});
  clone.key = net.key(3);
  net.Start(8, clone);
  ASSERT_TRUE(net.RunUntil([&] { return !net.seen(3).identity_lost.empty(); }, seconds(2)))
      << Describe(net);
  ASSERT_FALSE(net.seen(3).rejoin_at.empty());
  // What vfnode does with that: the same process begins anew.
  std::vector<std::size_t> contacts;
  for (const Endpoint& endpoint : net.seen(3).rejoin_at) contacts.push_back(net.IndexOf(endpoint));
  net.Start(3, Node(contacts));
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
  EXPECT_EQ(net.Foundations(), 1u);
  EXPECT_TRUE(net.seen(8).identity_lost.empty());
  net.Run(minutes(1));
  EXPECT_TRUE(net.Agree()) << Describe(net);
  std::uint64_t refutations = 0;
  for (const std::size_t i : net.Up()) refutations += net.swim(i).counters().refutations;
  EXPECT_LE(refutations, 2u);
}

// With its id and at the same or another address, while its former life counts as alive or dead.
TEST(FailureCatalogueTest, Case08_ARestartWithAClockThatWentBackStillWins) {
  for (const std::size_t place : {std::size_t{3}, std::size_t{8}}) {
    for (const Duration away : {Duration(milliseconds(200)), Duration(seconds(20))}) {
      GossipNetwork net(108);
      StartCluster(net, 5);
      net.Run(seconds(2));
      GossipProcessOptions back = Node({0});
      back.key = net.key(3);
      back.clock_offset_ms = -3'600'000;
      net.Crash(3, false);
      net.Run(away);
      net.Start(place, back);
      EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << place << "\n"
                                                                          << Describe(net);
      EXPECT_TRUE(net.seen(place).identity_lost.empty());
    }
  }
}

// The clusters have other names: whatever lands at the other's addresses is dropped.
TEST(FailureCatalogueTest, Case12_ReusedAddressesMergeNoClustersOfDifferentNames) {
  GossipNetwork net(112);
  StartCluster(net, 4);
  GossipProcessOptions other = Node();
  other.config.cluster_hash = GossipNetwork::kClusterHash + 1;
  net.Start(10, other);
  other.contacts = {10};
  net.Crash(3);
  net.Run(seconds(5));
  net.Start(3, other);  // The address of a dead member of the first cluster.
  net.Crash(2);
  net.Start(2, other);  // And of one that is not known to be dead yet.
  net.Run(minutes(2));
  EXPECT_EQ(net.Foundations(), 2u);
  for (const std::size_t i : {0u, 1u}) {
    const MembershipSnapshot s = net.swim(i).Snapshot();
    EXPECT_EQ(std::count_if(s.members.begin(), s.members.end(),
                            [](const Member& member) { return member.record.IsLive(); }),
              2)
        << Describe(net);
  }
  EXPECT_EQ(net.swim(10).Snapshot().members.size(), 3u) << Describe(net);
  EXPECT_GT(Drops(net, 2, DropReason::kForeignCluster), 0u);
  EXPECT_EQ(LinesWith(net.seen(2).log, "another name"), net.Up().size() - 3)
      << "one line for each address";
}

// The clusters have one name, but were founded apart.
TEST(FailureCatalogueTest, Case12_ReusedAddressesMergeNoClustersOfOneName) {
  GossipNetwork net(113);
  StartCluster(net, 4);
  net.Start(10, Node());
  net.Crash(2);
  net.Crash(3, false);
  net.Start(2, Node({10}));
  net.Run(seconds(30));
  net.Start(3, Node({10}));
  net.Run(minutes(2));
  EXPECT_EQ(net.Foundations(), 2u);
  EXPECT_EQ(net.swim(10).Snapshot().members.size(), 3u) << Describe(net);
  for (const std::size_t i : {0u, 1u}) {
    const MembershipSnapshot s = net.swim(i).Snapshot();
    EXPECT_EQ(std::count_if(s.members.begin(), s.members.end(),
                            [](const Member& member) { return member.record.IsLive(); }),
              2)
        << Describe(net);
  }
  // One that is sent to both says so, and is refused by the second it meets.
  net.Start(11, Node({0, 10}));
  net.Run(minutes(1));
  EXPECT_EQ(net.Foundations(), 2u);
  EXPECT_NE(net.seen(11).refused.find("another cluster"), std::string::npos)
      << net.seen(11).refused;
  EXPECT_GT(
      Drops(net, 0, DropReason::kOtherFoundation) + Drops(net, 10, DropReason::kOtherFoundation),
      0u);
  EXPECT_EQ(LinesWith(net.seen(0).log, "another cluster") +
                LinesWith(net.seen(10).log, "another cluster"),
            1u)
      << "once an address, not once a join";
}

// `vfctl forget` of a dead, a hung and a returning member.
TEST(FailureCatalogueTest, Case20_TheForgottenAreGoneForGood) {
  GossipNetwork net(120);
  StartCluster(net, 6);
  const auto forget = [&](std::size_t subject) {
    const MembershipSnapshot s = net.swim(0).Snapshot();
    const MemberRecord r = net.Find(s, subject)->record;
    const MemberRecord speaker = net.Find(s, 1)->record;
    net.Inject(speaker.endpoint, 0,
               DatagramOf(speaker, GossipNetwork::kClusterHash,
                          Dead{r.key(), Boot32(r.boot), kFinalIncarnation, speaker.key(),
                               DeathReason::kOperator, 0}));
  };
  net.Crash(3);
  net.Run(seconds(5));
  forget(3);
  net.Pause(4);  // It hangs.
  net.Run(milliseconds(100));
  forget(4);
  net.Run(seconds(1));
  EXPECT_TRUE(net.Believes(1, 3, MemberState::kDead));
  EXPECT_TRUE(net.Believes(1, 4, MemberState::kDead));
  net.Resume(4);  // It cannot refute that.
  net.Run(seconds(30));
  EXPECT_TRUE(net.Believes(1, 4, MemberState::kDead)) << Describe(net);
  EXPECT_NE(net.seen(4).refused.find("operator"), std::string::npos);
  EXPECT_FALSE(net.seen(4).refused.empty());
  // Started anew, it is a member again.
  net.Crash(4);
  GossipProcessOptions same = Node({0});
  same.key = net.key(4);
  net.Start(4, same);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
}

}  // namespace
}  // namespace vf
