// The failure catalogue, cases 15, 22, 23 and 28: who accuses whom, and when (docs/membership.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "gossip/detector/suspicion.h"
#include "gossip/members/member_order.h"
#include "gossip/wire/codec.h"
#include "tests/gossip/cluster.h"
#include "tests/gossip/datagram_of.h"

namespace vf {
namespace {

// A process that stands still again and again must not hold others to account for it.
TEST(FailureCatalogueTest, Case15_AProcessThatStandsStillAccusesNobody) {
  GossipNetwork net(115);
  StartCluster(net, 12);
  for (int i = 0; i < 20; ++i) {
    net.Pause(2);
    net.Run(milliseconds(300 + 250 * i));
    net.Resume(2);
    net.Run(milliseconds(700));
  }
  EXPECT_EQ(net.swim(2).counters().suspicions_raised, 0u);
  for (const std::size_t i : net.Up()) {
    for (const std::size_t j : net.Up()) {
      if (j == 2) continue;
      EXPECT_TRUE(net.Believes(i, j, MemberState::kAlive)) << i << " of " << j;
    }
  }
}

// At any loss: before a process accuses another by itself it has asked relays, and waited for them.
TEST(FailureCatalogueTest, Case22_NobodyIsSuspectedBeforeTheRelaysAreOutOfTime) {
  GossipNetwork net(122);
  StartCluster(net, 10);
  using Pair = std::pair<MemberKey, MemberKey>;
  std::map<std::size_t, MemberKey> key_of;
  for (const std::size_t i : net.Up()) key_of[i] = net.key(i);
  std::map<Pair, TimePoint> asked;  // when the accuser last asked relays about the accused
  std::map<Pair, std::uint32_t> accused;
  int accusations = 0;
  net.filter = [&](std::size_t from, std::size_t, ByteSpan bytes) {
    const auto decoded = DecodePacket(bytes);
    for (const Message& message : std::get<Packet>(decoded).messages) {
      const PingReq* request = std::get_if<PingReq>(&message);
      if (request != nullptr) asked[{key_of[from], request->target}] = net.now();
    }
    CountUpdates(bytes, [&](const Update& update) {
      const Suspect* suspect = std::get_if<Suspect>(&update);
      if (suspect == nullptr || suspect->from != key_of[from]) return false;
      if ((suspect->evidence & kEvidenceUdp) == 0) return false;  // heard of, not found out
      const Pair pair{suspect->from, suspect->key};
      const auto known = accused.find(pair);
      if (known != accused.end() && known->second >= suspect->incarnation) return false;
      accused[pair] = suspect->incarnation;
      ++accusations;
      EXPECT_TRUE(asked.contains(pair));
      EXPECT_GE(net.now() - asked[pair], SwimConfig().rto_low);
      return true;
    });
    return false;
  };
  net.set_loss(0.3);
  net.Run(minutes(1));
  EXPECT_GT(accusations, 10);
}

// The accused hears no gossip at all; the pings that it gets tell it, and it answers at once.
TEST(FailureCatalogueTest, Case23_TheAccusedHearsOfItWithThePing) {
  GossipNetwork net(123);
  StartCluster(net, 20);
  net.Run(seconds(1));
  constexpr std::size_t kAccused = 7;
  net.filter = [&](std::size_t, std::size_t to, ByteSpan bytes) {
    if (to != kAccused) return false;
    const auto decoded = DecodePacket(bytes);
    const auto& messages = std::get<Packet>(decoded).messages;
    return std::none_of(messages.begin(), messages.end(), [](const Message& m) {
      return std::holds_alternative<Ping>(m) || std::holds_alternative<PingAck>(m);
    });
  };
  const MembershipSnapshot s = net.swim(1).Snapshot();
  const MemberRecord accused = net.Find(s, kAccused)->record;
  const MemberRecord speaker = net.Find(s, 1)->record;
  net.Inject(speaker.endpoint, 0,
             DatagramOf(speaker, GossipNetwork::kClusterHash,
                        Suspect{accused.key(), Boot32(accused.boot), accused.incarnation,
                                speaker.key(), kEvidenceUdp}));
  EXPECT_TRUE(net.Believes(0, kAccused, MemberState::kSuspect));
  EXPECT_TRUE(net.RunUntil([&] { return net.seen(kAccused).suspected_self > 0; }, milliseconds(50)))
      << "some who hear of it ask at once";
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, milliseconds(100))) << Describe(net);
  EXPECT_EQ(net.false_deaths(), 0);
}

TEST(FailureCatalogueTest, Case28_TheSmallestClustersProbeToo) {
  enum class Fault { kProcess, kHost, kPause };
  for (std::size_t nodes = 2; nodes <= 5; ++nodes) {
    for (const Fault fault : {Fault::kProcess, Fault::kHost, Fault::kPause}) {
      SCOPED_TRACE(std::to_string(nodes) + " nodes, fault " +
                   std::to_string(static_cast<int>(fault)));
      GossipNetwork net(128);
      StartCluster(net, nodes);
      net.Run(seconds(2));
      if (fault == Fault::kPause) {
        net.Pause(1);
      } else {
        net.Crash(1, fault == Fault::kProcess);
      }
      const auto all_know = [&] {
        for (const std::size_t i : net.Up()) {
          if (i != 1 && !net.Believes(i, 1, MemberState::kDead)) return false;
        }
        return true;
      };
      // A probe round, the verdict, and a suspicion that nobody may confirm.
      const SwimConfig config;
      EXPECT_TRUE(net.RunUntil(all_know, config.probe_interval * static_cast<int>(2 * nodes) +
                                             SuspicionMax(config, nodes)))
          << Describe(net);
      if (fault == Fault::kPause) {
        net.Resume(1);
        EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(5))) << Describe(net);
      }
      for (std::size_t i = 0; i < nodes; ++i) {
        if (i == 1) continue;
        for (std::size_t j = 0; j < nodes; ++j) {
          if (j == 1) continue;
          EXPECT_TRUE(net.Believes(i, j, MemberState::kAlive));
        }
      }
    }
  }
}

}  // namespace
}  // namespace vf
