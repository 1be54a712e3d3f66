// Whole clusters of Swims on a network in memory: joining, founding, death, restart, cuts.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string>
#include <variant>

#include "gossip/members/member_order.h"
#include "gossip/wire/codec.h"
#include "tests/support/gossip_network.h"

namespace vf {
namespace {

GossipProcessOptions Controller(std::vector<std::size_t> contacts = {}) {
  GossipProcessOptions options;
  options.roles = kRoleController;
  options.contacts = std::move(contacts);
  return options;
}

GossipProcessOptions Node(std::vector<std::size_t> contacts = {}) {
  GossipProcessOptions options;
  options.contacts = std::move(contacts);
  return options;
}

// Whose driver carries out echoes.
GossipProcessOptions WithStreams() {
  GossipProcessOptions options;
  options.config.streams = true;
  return options;
}

std::string Describe(GossipNetwork& net) {
  std::string text;
  for (const std::size_t i : net.Up()) {
    const MembershipSnapshot s = net.swim(i).Snapshot();
    int states[4] = {};
    for (const Member& m : s.members) ++states[static_cast<int>(m.record.state)];
    text += std::to_string(i) + ": joined " + std::to_string(s.joined) + ", founded " +
            std::to_string(s.foundation.IsFounded()) + ", alive " + std::to_string(states[0]) +
            " suspect " + std::to_string(states[1]) + " dead " + std::to_string(states[2]) +
            " left " + std::to_string(states[3]) + " " + net.seen(i).refused + "\n";
  }
  return text;
}

// A cluster of `nodes` that joined through node 0, which founded it.
void StartCluster(GossipNetwork& net, std::size_t nodes) {
  net.Start(0, Node());
  for (std::size_t i = 1; i < nodes; ++i) net.Start(i, Node({0}));
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

TEST(ClusterTest, StorageProcessWithoutContactsFoundsAtOnce) {
  GossipNetwork net(1);
  net.Start(0, Node());
  const MembershipSnapshot snapshot = net.swim(0).Snapshot();
  EXPECT_TRUE(snapshot.joined);
  EXPECT_TRUE(snapshot.foundation.IsFounded());
  EXPECT_EQ(snapshot.settings, (ClusterSettings{3, 2, 3600}));
  ASSERT_EQ(snapshot.members.size(), 1u);
  EXPECT_NE(snapshot.members[0].record.seat, 0u);
  EXPECT_EQ(snapshot.members[0].record.replicas, 3);
}

// One who joins through a joiner may become known to nobody else: the news of it went out before
// its introducer was a member itself. The introducer's own exchange has to carry it then.
TEST(ClusterTest, JoinersThroughJoinersComeTogetherWhateverNewsIsLostAtFirst) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    GossipNetwork net(seed);
    Rng rng(seed);
    net.filter = [&](std::size_t, std::size_t, ByteSpan bytes) {
      const auto decoded = DecodePacket(bytes);
      const auto& messages = std::get<Packet>(decoded).messages;
      const bool joins = std::any_of(messages.begin(), messages.end(), [](const Message& m) {
        return std::holds_alternative<Join>(m) || std::holds_alternative<JoinOk>(m);
      });
      return !joins && rng.Chance(1, 2);
    };
    net.Start(0, Node());
    net.Start(1, Node({0}));
    net.Start(2, Node({1}));
    net.Start(3, Node({2, 0}));
    net.Start(4, Node({0}));
    net.Run(seconds(1));
    net.filter = nullptr;
    ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(20))) << "seed " << seed << "\n"
                                                                        << Describe(net);
  }
}

TEST(ClusterTest, FrontendWithoutContactsNeverFounds) {
  GossipNetwork net(1);
  GossipProcessOptions options;
  options.roles = kRoleFrontend;
  net.Start(0, options);
  net.Run(seconds(30));
  EXPECT_FALSE(net.swim(0).Snapshot().foundation.IsFounded());
}

TEST(ClusterTest, FiveJoinThroughOneContactOneAfterTheOther) {
  GossipNetwork net(2);
  net.Start(0, Node());
  for (std::size_t i = 1; i < 5; ++i) {
    net.Start(i, Node({0}));
    ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(1))) << i << "\n"
                                                                       << Describe(net);
  }
  EXPECT_EQ(net.Foundations(), 1u);
}

TEST(ClusterTest, FiftyJoinAtOnceThroughOneContact) {
  GossipNetwork net(3);
  net.Start(0, Node());
  for (std::size_t i = 1; i < 50; ++i) net.Start(i, Node({0}));
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(3))) << Describe(net);
  EXPECT_EQ(net.Foundations(), 1u);
  net.Run(seconds(5));
  EXPECT_EQ(net.false_deaths(), 0);
  const std::uint64_t hash = net.swim(0).Snapshot().view_hash;
  for (const std::size_t i : net.Up()) EXPECT_EQ(net.swim(i).Snapshot().view_hash, hash);
}

TEST(ClusterTest, FiftyJoinAtOnceThroughAController) {
  GossipNetwork net(4);
  net.Start(0, Controller());
  for (std::size_t i = 1; i < 51; ++i) net.Start(i, Node({0}));
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(6))) << Describe(net);
  EXPECT_EQ(net.Foundations(), 1u);
}

TEST(ClusterTest, ExactlyOneFoundsWhenFiveStartWithAController) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    GossipNetwork net(seed);
    net.set_loss(0.05);
    for (std::size_t i = 1; i < 6; ++i) {
      net.Start(i, Node({0}));
      net.Run(milliseconds(static_cast<std::int64_t>(seed * 13)));
    }
    net.Start(0, Controller());
    ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(15))) << Describe(net);
    EXPECT_EQ(net.Foundations(), 1u);
  }
}

TEST(ClusterTest, ExactlyOneFoundsWhenAllListEachOther) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    GossipNetwork net(seed);
    net.set_loss(0.05);
    for (std::size_t i = 0; i < 5; ++i) {
      net.Start(i, Node({0, 1, 2, 3, 4}));  // itself too, as a shared configuration would
      net.Run(milliseconds(static_cast<std::int64_t>(seed * 17)));
    }
    ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(15))) << Describe(net);
    EXPECT_EQ(net.Foundations(), 1u);
  }
}

TEST(ClusterTest, NobodyFoundsWhileAContactIsSilent) {
  GossipNetwork net(5);
  net.Start(1, Node({0, 2}));
  net.Start(2, Node({0, 1}));
  net.Run(seconds(30));
  EXPECT_EQ(net.Foundations(), 0u);
  EXPECT_FALSE(net.swim(1).Snapshot().joined);
  net.Start(0, Controller());
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(15))) << Describe(net);
}

TEST(ClusterTest, ControllerTakesSettingsOnlyWithAFoundation) {
  GossipNetwork net(6);
  net.Start(0, Controller());
  net.Run(seconds(5));
  EXPECT_FALSE(net.swim(0).Snapshot().foundation.IsFounded());
  GossipProcessOptions node = Node({0});
  node.given.replicas = 2;
  net.Start(1, node);
  ASSERT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
  EXPECT_EQ(net.swim(0).Snapshot().settings, (ClusterSettings{2, 2, 3600}));
}

TEST(ClusterTest, CrashIsDeathEverywhereInTime) {
  for (const bool host_up : {true, false}) {
    GossipNetwork net(7);
    StartCluster(net, 10);
    net.Crash(3, host_up);
    const auto all_dead = [&] {
      const auto up = net.Up();
      return std::all_of(up.begin(), up.end(),
                         [&](std::size_t i) { return net.Believes(i, 3, MemberState::kDead); });
    };
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
  const auto all_believe = [&](MemberState state) {
    return net.Believes(0, 2, state) && net.Believes(1, 2, state) && net.Believes(3, 2, state) &&
           net.Believes(4, 2, state);
  };
  ASSERT_TRUE(net.RunUntil([&] { return all_believe(MemberState::kDead); }, seconds(20)));
  const int before = net.seen(2).suspected_self;
  EXPECT_GE(before, 1);  // it has refuted what it heard
  net.filter = nullptr;
  ASSERT_TRUE(net.RunUntil([&] { return all_believe(MemberState::kAlive); }, seconds(5)))
      << Describe(net);
  net.Run(milliseconds(200));
  EXPECT_GT(net.seen(2).suspected_self, before);
}

// Found by cluster-sim: the contact that it had in passing had not joined itself when it was asked,
// and was given up.
TEST(ClusterTest, ControllerWithoutContactsJoinsThroughWhomeverItKnows) {
  GossipNetwork net(15);
  net.Start(0, Controller());
  bool keep_from_joining = true;
  net.filter = [&](std::size_t, std::size_t to, ByteSpan bytes) {
    if (to != 0 || !keep_from_joining) return false;
    const auto decoded = DecodePacket(bytes);
    const auto* packet = std::get_if<Packet>(&decoded);
    return packet != nullptr &&
           std::any_of(packet->messages.begin(), packet->messages.end(), [](const Message& m) {
             return std::holds_alternative<JoinOk>(m) || std::holds_alternative<Digest>(m);
           });
  };
  net.Start(1, Node());
  net.Start(2, Node({0, 1}));
  net.Run(seconds(20));
  EXPECT_FALSE(net.swim(0).Snapshot().joined);
  keep_from_joining = false;
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
}

// --- Refusals and echoes over TCP

TEST(ClusterTest, AKilledProcessIsDeadEverywhereWithoutASuspicion) {
  for (const std::size_t nodes : {2, 3, 4, 5, 20}) {
    SCOPED_TRACE(nodes);
    GossipNetwork net(20 + nodes);
    net.StartWarm(nodes, WithStreams());
    net.Run(seconds(1));
    net.Crash(1);
    const auto dead = [&] {
      for (const std::size_t i : net.Up()) {
        if (!net.Believes(i, 1, MemberState::kDead)) return false;
      }
      return true;
    };
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

// Failure catalogue 13; S15
TEST(ClusterTest, ANodeWithoutUdpStaysAliveAndIsMarkedEverywhere) {
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

// The one that slept must not take the others for dead, however long it slept.
TEST(ClusterTest, ResumedProcessAccusesNobody) {
  GossipNetwork net(12);
  StartCluster(net, 6);
  for (int i = 0; i < 5; ++i) {
    net.Pause(2);
    net.Run(milliseconds(700 + 300 * i));
    net.Resume(2);
    net.Run(seconds(1));
  }
  EXPECT_EQ(net.swim(2).counters().suspicions_raised, 0u);
}

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
  const auto all_know = [&] {
    const auto up = net.Up();
    return std::all_of(up.begin(), up.end(), [&](std::size_t i) {
      return i == 4 || net.Believes(i, 4, MemberState::kLeft);
    });
  };
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
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
  EXPECT_TRUE(net.seen(9).suspected_self);
}

TEST(ClusterTest, SingleMemberComesBackAfterALongCut) {
  GossipNetwork net(18);
  StartCluster(net, 8);
  net.Cut({5});
  net.Run(hours(2));
  net.Cut({});
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(10))) << Describe(net);
}

TEST(ClusterTest, OtherSettingsAreRefusedWithBothNamed) {
  GossipNetwork net(19);
  StartCluster(net, 3);
  GossipProcessOptions options = Node({1});
  options.given.replicas = 5;
  net.Start(3, options);
  net.Run(seconds(2));
  EXPECT_NE(net.seen(3).refused.find("replicas 3"), std::string::npos) << net.seen(3).refused;
  EXPECT_NE(net.seen(3).refused.find("replicas 5"), std::string::npos) << net.seen(3).refused;
  EXPECT_TRUE(net.seen(3).refusal_ends_process);
  EXPECT_EQ(net.swim(0).Snapshot().members.size(), 3u);
}

TEST(ClusterTest, TwoFoundationsNeverMerge) {
  GossipNetwork net(20);
  net.Start(0, Node());
  net.Run(seconds(1));
  net.swim(0).SetPhase(net.now(), Phase::kReady, {});
  net.Start(1, Node());
  net.Run(seconds(1));
  GossipProcessOptions both = Node({0, 1});
  net.Start(2, both);
  net.Run(seconds(20));
  EXPECT_EQ(net.Foundations(), 2u);
  const std::size_t sizes =
      net.swim(0).Snapshot().members.size() + net.swim(1).Snapshot().members.size();
  EXPECT_EQ(sizes, 3u) << "each process belongs to one of them\n" << Describe(net);
  EXPECT_FALSE(net.seen(2).refused.empty());
}

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
