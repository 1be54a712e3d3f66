// Clusters of Swims: crashes, kills, pauses, blocked datagrams.
#include <gtest/gtest.h>

#include <algorithm>
#include <variant>

#include "gossip/wire/codec.h"
#include "tests/gossip/cluster.h"

namespace vf {
namespace {

TEST(ClusterTest, CrashIsDeathEverywhereInTime) {
  for (const bool host_up : {true, false}) {
    GossipNetwork net(7);
    StartCluster(net, 10);
    net.Crash(3, host_up);
    const auto all_dead = [&] { return AllBelieve(net, 3, MemberState::kDead); };
    // T' to find out, 1 s of suspicion with confirmations, or up to 6 s without.
    EXPECT_TRUE(net.RunUntil(all_dead, host_up ? seconds(2) : seconds(4))) << Describe(net);
    EXPECT_EQ(net.false_deaths(), 0);
  }
}

TEST(ClusterTest, DeadStorageMemberIsRememberedAsOwnerOnlyIfItWasReady) {
  GossipNetwork net(8);
  StartCluster(net, 4);
  net.swim(1).SetPhase(net.now(), Phase::kReady, {});
  net.Run(seconds(1));
  net.Crash(1);
  net.Crash(2);
  net.Run(seconds(5));
  const MembershipSnapshot snapshot = net.swim(0).Snapshot();
  ASSERT_TRUE(net.Believes(0, 1, MemberState::kDead));
  EXPECT_TRUE(net.Find(snapshot, 1)->record.owned_at_end);
  EXPECT_FALSE(net.Find(snapshot, 2)->record.owned_at_end);
  EXPECT_LE(net.Find(snapshot, 1)->since, net.now() - seconds(2));
}

TEST(ClusterTest, NoFalseDeathUnderLossOfFivePercent) {
  GossipNetwork net(9);
  StartCluster(net, 20);
  net.set_loss(0.05);
  net.Run(minutes(3));
  EXPECT_EQ(net.false_deaths(), 0);
  net.set_loss(0);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

TEST(ClusterTest, PausedProcessRefutesAndLearnsThatItWasSuspected) {
  GossipNetwork net(10);
  StartCluster(net, 6);
  net.Pause(2);
  net.Run(milliseconds(900));
  EXPECT_TRUE(net.Believes(0, 2, MemberState::kSuspect)) << Describe(net);
  net.Resume(2);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(2))) << Describe(net);
  EXPECT_TRUE(net.seen(2).suspected_self);
  EXPECT_EQ(net.false_deaths(), 0);
}

TEST(ClusterTest, LongPausedProcessIsDeadAndComesBack) {
  GossipNetwork net(11);
  StartCluster(net, 6);
  net.Pause(2);
  net.Run(seconds(20));
  EXPECT_TRUE(net.Believes(0, 2, MemberState::kDead)) << Describe(net);
  net.Resume(2);
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  EXPECT_TRUE(net.seen(2).suspected_self);
}

// Found by cluster-sim: it refuted the suspicion, nobody heard that before the suspicion became
// death, and so it never heard of its death: writes had gone past copies that it held for complete.
TEST(ClusterTest, WhoWasDeadToOthersLearnsItThoughItHadRefutedInTime) {
  GossipNetwork net(14);
  StartCluster(net, 5);
  net.filter = [](std::size_t from, std::size_t, ByteSpan) { return from == 2; };
  ASSERT_TRUE(net.RunUntil([&] { return AllBelieve(net, 2, MemberState::kDead); }, seconds(20)));
  const int before = net.seen(2).suspected_self;
  EXPECT_GE(before, 1);  // it has refuted what it heard
  net.filter = nullptr;
  ASSERT_TRUE(net.RunUntil([&] { return AllBelieve(net, 2, MemberState::kAlive); }, seconds(5)))
      << Describe(net);
  net.Run(milliseconds(200));
  EXPECT_GT(net.seen(2).suspected_self, before);
}

// --- Refusals and echoes over TCP

TEST(ClusterTest, AKilledProcessIsDeadEverywhereWithoutASuspicion) {
  for (const std::size_t nodes : {2, 3, 4, 5, 20}) {
    SCOPED_TRACE(nodes);
    GossipNetwork net(20 + nodes);
    net.StartWarm(nodes, WithStreams());
    net.Run(seconds(1));
    net.Crash(1);
    const auto dead = [&] { return AllBelieve(net, 1, MemberState::kDead); };
    ASSERT_TRUE(net.RunUntil(dead, nodes == 2 ? milliseconds(600) : milliseconds(1'300)))
        << Describe(net);
    std::uint64_t fast = 0;
    std::uint64_t suspicions = 0;
    for (const std::size_t i : net.Up()) {
      fast += net.swim(i).counters().fast_deaths;
      suspicions += net.swim(i).counters().suspicions_raised;
      const MembershipSnapshot snapshot = net.swim(i).Snapshot();
      EXPECT_EQ(net.Find(snapshot, 1)->record.death_reason, DeathReason::kRefused);
    }
    EXPECT_GE(fast, 1u);
    EXPECT_EQ(suspicions, 0u);
    EXPECT_EQ(net.false_deaths(), 0);
  }
}

// The news of a death may pass one member by. It learns it from the comparison of views, where a
// death is a suspicion first; its own probe then makes it short.
TEST(ClusterTest, WhomTheNewsOfAKilledProcessPassedByIsNotLongBehind) {
  GossipNetwork net(29);
  net.StartWarm(20, WithStreams());
  net.Run(seconds(1));
  bool news_passes_by = true;
  net.filter = [&](std::size_t, std::size_t to, ByteSpan bytes) {
    if (to != 0 || !news_passes_by) return false;
    const auto decoded = DecodePacket(bytes);
    const auto& messages = std::get<Packet>(decoded).messages;
    return std::any_of(messages.begin(), messages.end(), [](const Message& m) {
      return std::holds_alternative<Batch>(m) || std::holds_alternative<Suspect>(m) ||
             std::holds_alternative<Dead>(m);
    });
  };
  net.Crash(1);
  ASSERT_TRUE(net.RunUntil([&] { return net.Believes(5, 1, MemberState::kDead); }, seconds(2)));
  net.Run(milliseconds(300));
  news_passes_by = false;
  EXPECT_TRUE(net.RunUntil([&] { return net.Believes(0, 1, MemberState::kDead); }, seconds(2)));
}

// Refused datagrams, and nobody reaches it over TCP either, as behind a firewall that answers for
// it: not dead before a suspicion has had its time.
TEST(ClusterTest, WithoutAWitnessOverTcpTheSuspectMayStillSpeak) {
  GossipNetwork net(26);
  net.StartWarm(10, WithStreams());
  net.Run(seconds(1));
  net.BlockTcp(1);
  net.Crash(1);
  const auto at_zero = [&](MemberState state) { return net.Believes(0, 1, state); };
  ASSERT_TRUE(net.RunUntil([&] { return at_zero(MemberState::kSuspect); }, seconds(3)));
  EXPECT_FALSE(net.RunUntil([&] { return at_zero(MemberState::kDead); }, milliseconds(900)));
  EXPECT_TRUE(net.RunUntil([&] { return at_zero(MemberState::kDead); }, seconds(3)));
}

TEST(ClusterTest, Case13_S15_ANodeWithoutUdpStaysAliveAndIsMarkedEverywhere) {
  GossipNetwork net(27);
  net.StartWarm(8, WithStreams());
  net.Run(seconds(1));
  net.BlockUdp(3);
  net.Run(seconds(20));
  EXPECT_EQ(net.false_deaths(), 0);
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == 3) continue;
    const MembershipSnapshot snapshot = net.swim(i).Snapshot();
    EXPECT_TRUE(net.Find(snapshot, 3)->udp_bad) << i;
    EXPECT_EQ(net.Find(snapshot, 3)->record.state, MemberState::kAlive) << i;
    EXPECT_FALSE(net.Find(snapshot, 4)->udp_bad) << i;
  }
  net.BlockUdp(3, false);
  const auto unmarked = [&] {
    for (std::size_t i = 0; i < 8; ++i) {
      for (const Member& member : net.swim(i).Snapshot().members) {
        if (member.udp_bad) return false;
      }
    }
    return true;
  };
  EXPECT_TRUE(net.RunUntil(unmarked, seconds(60))) << "its health was at its worst";
  EXPECT_TRUE(net.Agree()) << Describe(net);
}

// What accepts connections for a process that is gone proves nothing: no ECHO_OK names it.
TEST(ClusterTest, Case14_S15_ANodeBehindAProxyThatAcceptsEverythingIsDead) {
  GossipNetwork net(29);
  net.StartWarm(8, WithStreams());
  net.Run(seconds(1));
  net.BlockUdp(3);
  net.ProxyTcp(3);
  const auto dead = [&] { return AllBelieve(net, 3, MemberState::kDead); };
  EXPECT_TRUE(net.RunUntil(dead, seconds(5))) << Describe(net);
  EXPECT_GT(net.echoes(), 0);
  net.Run(seconds(10));
  EXPECT_TRUE(dead()) << "and stays so";
  const MembershipSnapshot snapshot = net.swim(0).Snapshot();
  EXPECT_FALSE(net.Find(snapshot, 3)->udp_bad);
  for (std::size_t i = 4; i < 8; ++i) EXPECT_TRUE(net.Believes(0, i, MemberState::kAlive));
}

// One prober's word is not enough for the others, and the accused hears it though its datagrams are
// blocked.
TEST(ClusterTest, ANodeWithoutUdpRefutesOverTcp) {
  GossipNetwork net(28);
  net.StartWarm(8, WithStreams());
  net.Run(seconds(1));
  net.BlockUdp(3);
  net.BlockTcp(3);
  ASSERT_TRUE(net.RunUntil([&] { return net.Believes(0, 3, MemberState::kSuspect); }, seconds(3)));
  net.BlockTcp(3, false);
  net.Run(seconds(10));
  EXPECT_EQ(net.false_deaths(), 0) << Describe(net);
  for (std::size_t i = 0; i < 8; ++i) EXPECT_TRUE(net.Believes(i, 3, MemberState::kAlive));
}

}  // namespace
}  // namespace vf
