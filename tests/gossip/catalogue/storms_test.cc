// The failure catalogue, cases 16 to 18, 24 to 27 and 29: too much at once, and what is no gossip
// (docs/membership.md).
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <variant>

#include "base/hash64.h"
#include "gossip/detector/probes.h"
#include "gossip/members/member_order.h"
#include "gossip/wire/codec.h"
#include "tests/gossip/cluster.h"
#include "tests/gossip/datagram_of.h"

namespace vf {
namespace {

// Restarts, suspicions and returns without end: news of a member replaces older news of it.
TEST(FailureCatalogueTest, Case16_TheQueueIsNeverLongerThanTheCluster) {
  GossipNetwork net(116);
  StartCluster(net, 20);
  Rng rng(16);
  net.set_loss(0.1);
  std::set<std::size_t> places;
  for (int step = 0; step < 200; ++step) {
    const std::size_t i = 1 + rng.Uniform(19);
    if (net.is_up(i)) {
      net.Crash(i, rng.Chance(1, 2));
    } else {
      net.Start(i, Node({0}));
    }
    net.Run(rng.Between(milliseconds(0), milliseconds(200)));
  }
  for (const std::size_t i : net.Up()) {
    EXPECT_LE(net.swim(i).counters().queue_peak, net.swim(i).Snapshot().members.size());
  }
}

TEST(FailureCatalogueTest, Case17_TheSameLeaveTwiceMakesNoSecondWave) {
  GossipNetwork net(117);
  StartCluster(net, 12);
  const MemberKey gone = net.key(4);
  const auto of_it = [gone](const Update& u) {
    return std::holds_alternative<Left>(u) && SubjectOf(u) == gone;
  };
  std::vector<std::byte> leave;
  std::size_t told = 0;
  net.filter = [&](std::size_t, std::size_t, ByteSpan bytes) {
    const std::size_t here = CountUpdates(bytes, of_it);
    if (here > 0 && leave.empty()) leave.assign(bytes.begin(), bytes.end());
    told += here;
    return false;
  };
  net.Leave(4, LeaveKind::kEmptied);
  net.Run(seconds(5));
  ASSERT_FALSE(leave.empty());
  EXPECT_GE(told, 11u);
  told = 0;
  for (int i = 0; i < 10; ++i) {
    for (std::size_t to = 0; to < 12; ++to) {
      if (to != 4) net.Inject(net.EndpointOf(4), to, leave);
    }
    net.Run(seconds(1));
  }
  // It speaks although it has left, so it is told so, directly and not too often; nobody else is.
  EXPECT_LE(told, 10u * 11u);
  std::size_t to_others = 0;
  net.filter = [&](std::size_t, std::size_t to, ByteSpan bytes) {
    if (to != 4) to_others += CountUpdates(bytes, of_it);
    return false;
  };
  for (std::size_t to = 0; to < 12; ++to) {
    if (to != 4) net.Inject(net.EndpointOf(4), to, leave);
  }
  net.Run(seconds(5));
  EXPECT_EQ(to_others, 0u);
}

// A thousand processes ask one member for everything that it knows, at the same moment.
TEST(FailureCatalogueTest, Case18_ManyWhoAskForTheWholeViewDoNotPileUp) {
  GossipNetwork net(118);
  StartCluster(net, 2);
  const MembershipSnapshot s = net.swim(1).Snapshot();
  const MemberRecord speaker = net.Find(s, 1)->record;
  std::vector<MemberRecord> records;
  for (MemberKey i = 0; i < 2'000; ++i) {
    MemberRecord r = speaker;
    StoreBigEndian(r.id.bytes.data(), MemberKey{0x0123'4567'89ab'cdef} * (i + 1));
    r.endpoint = Endpoint::V4(
        {10, 9, static_cast<std::uint8_t>(i / 200), static_cast<std::uint8_t>(1 + i % 200)}, 9'000);
    records.push_back(r);
  }
  net.swim(0).Learn(net.now(), records);
  const std::vector<std::byte> question =
      DatagramOf(speaker, GossipNetwork::kClusterHash, Digest{});
  SwimOutputs out;
  net.swim(0).TakeOutputs(out);
  std::size_t at_once = 0;
  const auto is_asker = [](const Endpoint& e) { return e.port() == 9'001; };
  const auto tell = [&](const Endpoint& asker, const std::vector<std::byte>& datagram) {
    net.swim(0).OnDatagram(net.now(), {1'800'000'000'000}, asker, datagram);
    net.swim(0).TakeOutputs(out);
  };
  for (int i = 0; i < 1'000; ++i) {
    const Endpoint asker = Endpoint::V4(
        {10, 8, static_cast<std::uint8_t>(i / 200), static_cast<std::uint8_t>(1 + i % 200)}, 9'001);
    // Each shows first that it is there.
    tell(asker, question);
    ASSERT_EQ(out.datagrams.size(), 1u);
    const auto asked = DecodePacket(out.datagrams[0].bytes);
    const Ping ping = std::get<Ping>(std::get<Packet>(asked).messages.at(0));
    tell(asker, DatagramOf(speaker, GossipNetwork::kClusterHash, PingAck{ping.seq, 0, 0}));
    at_once += out.datagrams.size();
    for (int again = 0; again < 3; ++again) {
      tell(asker, question);
      at_once += out.datagrams.size();
    }
  }
  EXPECT_EQ(at_once, 0u) << "answers are paced";
  EXPECT_GT(Drops(net, 0, DropReason::kOverload), 0u) << "and their number is bounded";
  const SwimConfig config;
  std::size_t sent = 0;
  TimePoint now = net.now();
  const TimePoint end = now + milliseconds(200);
  while (net.swim(0).NextDeadline() <= end) {
    now = std::max(now, net.swim(0).NextDeadline());
    net.swim(0).OnTimer(now, {1'800'000'000'000});
    net.swim(0).TakeOutputs(out);
    sent += static_cast<std::size_t>(
        std::count_if(out.datagrams.begin(), out.datagrams.end(),
                      [&](const OutgoingDatagram& d) { return is_asker(d.to); }));
  }
  EXPECT_LE(sent, static_cast<std::size_t>(config.exchange_burst) * 21u);
}

TEST(FailureCatalogueTest, Case24_AHundredJoinWithinSeconds) {
  GossipNetwork net(124);
  net.Start(0, Node());
  for (std::size_t i = 1; i < 100; ++i) net.Start(i, Node({0}));
  EXPECT_TRUE(net.RunUntil([&] { return net.Agree(); }, seconds(2))) << Describe(net);
}

// Nobody answers anything: what waits for answers is bounded.
TEST(FailureCatalogueTest, Case25_WhatWaitsForAcksIsBounded) {
  GossipNetwork net(125);
  StartCluster(net, 2);
  const MembershipSnapshot s = net.swim(1).Snapshot();
  const MemberRecord speaker = net.Find(s, 1)->record;
  std::vector<MemberRecord> records;
  for (MemberKey i = 0; i < 3'000; ++i) {
    MemberRecord r = speaker;
    StoreBigEndian(r.id.bytes.data(), MemberKey{0x0fed'cba9'8765'4321} * (i + 1));
    r.endpoint = Endpoint::V4(
        {10, 9, static_cast<std::uint8_t>(i / 200), static_cast<std::uint8_t>(1 + i % 200)}, 9'000);
    records.push_back(r);
  }
  net.swim(0).Learn(net.now(), records);
  SwimOutputs out;
  net.swim(0).TakeOutputs(out);
  std::size_t pings = 0;
  for (const MemberRecord& r : records) {
    net.swim(0).Report(net.now(), r.key(), r.boot);
    net.swim(0).TakeOutputs(out);
    pings += out.datagrams.size();
  }
  EXPECT_GT(pings, kMaxProbes * 9 / 10) << "some are probed already";
  EXPECT_LE(pings, kMaxProbes);
  // The same for pings on behalf of others.
  std::size_t relayed = 0;
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    const MemberRecord& target = records[i];
    net.swim(0).OnDatagram(net.now(), {1'800'000'000'000}, speaker.endpoint,
                           DatagramOf(speaker, GossipNetwork::kClusterHash,
                                      PingReq{i, target.key(), target.endpoint, true, 200}));
    net.swim(0).TakeOutputs(out);
    relayed += out.datagrams.size();
  }
  EXPECT_LE(relayed, kMaxRelayedPings);
  EXPECT_GT(Drops(net, 0, DropReason::kOverload), 0u);
}

// Half of the cluster dies at once: the other half does not work harder for it, but for the news.
TEST(FailureCatalogueTest, Case26_ManyDeadCostNoMoreThanAPingASecond) {
  GossipNetwork net(126);
  StartCluster(net, 40);
  net.Run(seconds(10));
  const auto sent = [&] {
    std::uint64_t datagrams = 0;
    for (std::size_t i = 0; i < 20; ++i) datagrams += net.swim(i).counters().datagrams_out;
    return datagrams;
  };
  std::uint64_t before = sent();
  net.Run(seconds(20));
  const std::uint64_t idle = sent() - before;
  for (std::size_t i = 20; i < 40; ++i) net.Crash(i, i % 2 == 0);
  net.Run(seconds(30));
  for (std::size_t i = 20; i < 40; ++i) EXPECT_TRUE(AllBelieve(net, i, MemberState::kDead)) << i;
  before = sent();
  net.Run(seconds(20));
  const std::uint64_t after = sent() - before;
  EXPECT_LE(after, idle + 20 * 20 + 20) << "one heal ping a second and member at most";
}

// Honest datagrams with some bytes changed, or cut short, of every kind that a cluster sends.
TEST(FailureCatalogueTest, Case27_MalformedDatagramsAreDroppedAndChangeNothing) {
  GossipNetwork net(127);
  std::vector<std::vector<std::byte>> samples;
  net.filter = [&](std::size_t, std::size_t, ByteSpan bytes) {
    if (samples.size() < 400) samples.emplace_back(bytes.begin(), bytes.end());
    return false;
  };
  StartCluster(net, 8);
  net.filter = nullptr;
  Rng rng(27);
  bool sealed = false;
  const auto inject = [&] {
    std::vector<std::byte> bytes = samples[rng.Uniform(samples.size())];
    if (rng.Chance(1, 4)) bytes.resize(rng.Uniform(bytes.size() + 1));
    for (std::uint64_t n = rng.Uniform(4); n > 0 && !bytes.empty(); --n) {
      bytes[rng.Uniform(bytes.size())] = static_cast<std::byte>(rng.Uniform(256));
    }
    if (sealed && bytes.size() >= kDatagramPrefixBytes) {
      StoreBigEndian(bytes.data() + 4, Checksum32(ByteSpan(bytes).subspan(kDatagramPrefixBytes)));
    }
    net.Inject(net.EndpointOf(rng.Uniform(8)), rng.Uniform(8), bytes);
  };
  for (int i = 0; i < 25'000; ++i) {
    inject();
    if (i % 1'000 == 0) net.Run(milliseconds(50));
  }
  EXPECT_TRUE(net.Agree()) << Describe(net);
  // With a checksum that fits they are decoded, and may well say what some member could say. That
  // is for a shared key to prevent; here they must only do no harm to the processes.
  sealed = true;
  for (int i = 0; i < 25'000; ++i) {
    inject();
    if (i % 1'000 == 0) net.Run(milliseconds(50));
  }
  for (const std::size_t i : net.Up()) {
    EXPECT_GT(Drops(net, i, DropReason::kDecode), 0u);
  }
}

TEST(FailureCatalogueTest, Case29_ForeignTrafficIsCountedAndLoggedOnceAnAddress) {
  GossipNetwork net(129);
  StartCluster(net, 3);
  const std::string_view http = "GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n";
  Rng rng(29);
  for (std::uint16_t i = 0; i < 1'000; ++i) {
    const Endpoint scanner = Endpoint::V4({10, 7, 0, 1}, static_cast<std::uint16_t>(1'024 + i));
    net.Inject(scanner, 0, std::as_bytes(std::span(http)));
    std::vector<std::byte> noise(rng.Uniform(1'400));
    for (std::byte& b : noise) b = static_cast<std::byte>(rng.Uniform(256));
    net.Inject(Endpoint::V4({10, 7, 0, 2}, 53), 0, noise);
    net.Run(milliseconds(10));
  }
  EXPECT_GE(Drops(net, 0, DropReason::kMagic) + Drops(net, 0, DropReason::kSize), 2'000u);
  const auto lines = [&](const std::string& address) {
    const auto& log = net.seen(0).log;
    return std::count_if(log.begin(), log.end(), [&](const std::string& line) {
      return line.find(address) != std::string::npos;
    });
  };
  EXPECT_EQ(lines("10.7.0.1"), 1);
  EXPECT_LE(lines("10.7.0.2"), 2) << "too short, and without our first bytes";
  EXPECT_TRUE(net.Agree()) << Describe(net);
}

}  // namespace
}  // namespace vf
