#include "tools/cluster-sim/membership/packet_census.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

constexpr TimePoint kStart{seconds(10)};

TEST(PacketCensusTest, PacketsCountByKind) {
  PacketCensus census(kStart, seconds(1));
  census.OnPacket(kStart, 1, PacketKind::kNews, 100);
  census.OnPacket(kStart, 2, PacketKind::kNews, 50);
  census.OnPacket(kStart, 2, PacketKind::kAck, 10);
  EXPECT_EQ(census.sum(PacketKind::kNews).packets, 2U);
  EXPECT_EQ(census.sum(PacketKind::kNews).bytes, 150U);
  EXPECT_EQ(census.sum(PacketKind::kAck).packets, 1U);
  EXPECT_EQ(census.most_probes(), 0U);
}

TEST(PacketCensusTest, ProbesCountByReceiverAndInterval) {
  PacketCensus census(kStart, seconds(1));
  for (const int ms : {100, 900, 1000, 1100, 1999, 2000}) {
    census.OnPacket(kStart + milliseconds(ms), 7, PacketKind::kPing, 80);
  }
  census.OnPacket(kStart + milliseconds(2500), 8, PacketKind::kPing, 80);
  EXPECT_EQ(census.most_probes(), 3U);  // from 1,000 to 1,999 ms
}

}  // namespace
}  // namespace vf::sim
