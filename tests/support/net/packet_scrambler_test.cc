#include "tests/support/net/packet_scrambler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace vf {
namespace {

constexpr TimePoint kStart{};

PacketScrambler::Packet Numbered(std::size_t number) { return {number, {std::byte{1}}}; }

// The packets' numbers in the order of arrival, one offered every 100 us.
std::vector<std::size_t> Arrivals(PacketScrambler& scrambler, std::size_t count) {
  TimePoint now = kStart;
  std::vector<std::size_t> arrivals;
  for (std::size_t i = 0; i < count; ++i, now += microseconds(100)) {
    scrambler.Offer(now, Numbered(i));
  }
  while (scrambler.NextDeadline() != kNever) {
    now = scrambler.NextDeadline();
    while (const auto packet = scrambler.Take(now)) arrivals.push_back(packet->to);
  }
  return arrivals;
}

TEST(PacketScramblerTest, WithoutFaultsAllArriveOnceInOrderAndNoEarlierThanTheDelay) {
  PacketScrambler scrambler(Rng(1), {.delay_low = milliseconds(2), .delay_high = milliseconds(2)});
  scrambler.Offer(kStart, Numbered(7));
  EXPECT_FALSE(scrambler.Take(kStart + microseconds(1999)));
  EXPECT_EQ(scrambler.NextDeadline(), kStart + milliseconds(2));
  EXPECT_EQ(scrambler.Take(kStart + milliseconds(2))->to, 7u);
  const auto arrivals = Arrivals(scrambler, 100);
  ASSERT_EQ(arrivals.size(), 100u);
  EXPECT_TRUE(std::is_sorted(arrivals.begin(), arrivals.end()));
}

TEST(PacketScramblerTest, LosesDoublesAndHoldsBackAsOftenAsAsked) {
  PacketScrambler scrambler(Rng(2),
                            {.loss_percent = 30, .duplicate_percent = 5, .reorder_percent = 10});
  const auto arrivals = Arrivals(scrambler, 10'000);
  const PacketCounts& counts = scrambler.counts();
  EXPECT_NEAR(static_cast<double>(counts.lost), 3000, 150);
  EXPECT_NEAR(static_cast<double>(counts.duplicated), 350, 60);
  EXPECT_NEAR(static_cast<double>(counts.held_back), 735, 90);
  EXPECT_EQ(arrivals.size(), counts.offered - counts.lost + counts.duplicated);
  EXPECT_FALSE(std::is_sorted(arrivals.begin(), arrivals.end()));
}

TEST(PacketScramblerTest, EqualNumbersMakeEqualNetworks) {
  const PacketFaults faults{.loss_percent = 30, .duplicate_percent = 5, .reorder_percent = 10};
  PacketScrambler one(Rng(3), faults);
  PacketScrambler other(Rng(3), faults);
  EXPECT_EQ(Arrivals(one, 1000), Arrivals(other, 1000));
}

TEST(PacketScramblerTest, WhatDoesNotFitIsLost) {
  PacketScrambler scrambler(Rng(4), {});
  for (std::size_t i = 0; i < PacketScrambler::kMaxPackets + 5; ++i) {
    scrambler.Offer(kStart, Numbered(i));
  }
  EXPECT_EQ(scrambler.counts().overflows, 5u);
}

}  // namespace
}  // namespace vf
