#include "gossip/detector/relayed_pings.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace vf {
namespace {

const TimePoint kNow{seconds(1000)};

TEST(RelayedPingsTest, AnswersOnceAndOnlyItsTarget) {
  RelayedPings pings;
  const RelayedPing ping{5,  7,    Endpoint::Loopback(1),  Endpoint::Loopback(2),
                         50, true, kNow + milliseconds(80)};
  EXPECT_TRUE(pings.Add(ping));
  EXPECT_FALSE(pings.Take(5, 8));
  EXPECT_EQ(pings.Take(5, 7)->asker_seq, 50u);
  EXPECT_FALSE(pings.Take(5, 7));
  pings.Add(ping);
  EXPECT_TRUE(pings.TakeUnanswered(kNow + milliseconds(79)).empty());
  EXPECT_EQ(pings.TakeFailed(Endpoint::Loopback(1)).size(), 1u);
  EXPECT_EQ(pings.NextDeadline(), kNever);
}

TEST(RelayedPingsTest, LimitHolds) {
  RelayedPings pings;
  for (std::uint32_t i = 0; i < kMaxRelayedPings; ++i) {
    RelayedPing ping;
    ping.seq = i;
    ASSERT_TRUE(pings.Add(ping));
  }
  RelayedPing ping;
  ping.seq = kMaxRelayedPings;
  EXPECT_FALSE(pings.Add(ping));
}

}  // namespace
}  // namespace vf
