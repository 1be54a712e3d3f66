#include "node/placement/preference_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/rng.h"

namespace vf {
namespace {

std::vector<Seat> RandomSeats(Rng& rng, std::size_t count) {
  std::set<MemberKey> keys;
  while (keys.size() < count) keys.insert(rng.Next() | 1);
  std::vector<Seat> seats;
  for (const MemberKey key : keys) seats.push_back({key, rng.Next()});
  rng.Shuffle(seats);
  return seats;
}

std::vector<MemberKey> Listed(const PreferenceOrder& order, Partition partition) {
  const auto list = order.Of(partition);
  return {list.begin(), list.end()};
}

void ExpectSame(const PreferenceOrder& a, const PreferenceOrder& b) {
  ASSERT_EQ(a.partition_count(), b.partition_count());
  EXPECT_EQ(a.seats(), b.seats());
  for (Partition p = 0; p < a.partition_count(); ++p) {
    ASSERT_EQ(Listed(a, p), Listed(b, p)) << p;
  }
}

TEST(PreferenceOrderTest, WeightsAreGolden) {
  // Every process of every release must compute these: XXH64, parameter 0, over the partition
  // (4 bytes) and the seat (8 bytes), little-endian. Computed by another implementation too.
  EXPECT_EQ(RendezvousWeight(0, 0), 0xef6eb604187a17faU);
  EXPECT_EQ(RendezvousWeight(0, 1), 0xf96a9dd0802aa462U);
  EXPECT_EQ(RendezvousWeight(255, 0x0123456789abcdefU), 0xcf333365ea5c1c4cU);
  EXPECT_EQ(RendezvousWeight(65535, UINT64_MAX), 0xe485d6e8e2d0cce1U);
}

TEST(PreferenceOrderTest, ListsAreGolden) {
  const PreferenceOrder order(16, {{1, 11}, {2, 22}, {3, 33}, {4, 44}, {5, 55}});
  EXPECT_EQ(Listed(order, 0), (std::vector<MemberKey>{1, 2, 4, 3, 5}));
  EXPECT_EQ(Listed(order, 15), (std::vector<MemberKey>{3, 2, 1, 5, 4}));
}

TEST(PreferenceOrderTest, GreaterWeightsComeFirst) {
  Rng rng(1);
  const std::vector<Seat> seats = RandomSeats(rng, 20);
  const PreferenceOrder order(256, seats);
  std::map<MemberKey, std::uint64_t> seat_of;
  for (const Seat& seat : seats) seat_of[seat.member] = seat.seat;
  for (Partition p = 0; p < 256; ++p) {
    const auto list = order.Of(p);
    ASSERT_EQ(list.size(), seats.size());
    for (std::size_t i = 1; i < list.size(); ++i) {
      EXPECT_GT(RendezvousWeight(p, seat_of[list[i - 1]]), RendezvousWeight(p, seat_of[list[i]]));
    }
  }
}

TEST(PreferenceOrderTest, EqualSeatsAreOrderedByTheirMembers) {
  const PreferenceOrder order(16, {{9, 5}, {3, 5}, {6, 5}});
  for (Partition p = 0; p < 16; ++p) {
    EXPECT_EQ(Listed(order, p), (std::vector<MemberKey>{3, 6, 9}));
  }
}

TEST(PreferenceOrderTest, NobodyIsListedWithoutSeats) {
  const PreferenceOrder order(16, {});
  for (Partition p = 0; p < 16; ++p) EXPECT_TRUE(order.Of(p).empty());
}

// Comings, goings and moved seats, up to several times what is listed.
class PreferenceOrderChangesTest : public testing::TestWithParam<std::size_t> {};

TEST_P(PreferenceOrderChangesTest, DependsOnTheSeatsAlone) {
  Rng rng(GetParam());
  const std::vector<Seat> all = RandomSeats(rng, GetParam());
  std::map<MemberKey, Seat> present;
  auto order = std::make_shared<const PreferenceOrder>(64, std::vector<Seat>());
  for (int step = 0; step < 60; ++step) {
    // Mostly a few at a time, sometimes very many.
    const std::uint64_t changes = rng.Chance(1, 5) ? all.size() : 1 + rng.Uniform(3);
    for (std::uint64_t i = 0; i < changes; ++i) {
      const Seat& seat = all[rng.Uniform(all.size())];
      if (rng.Chance(1, 2)) {
        present.erase(seat.member);
      } else {
        present[seat.member] = rng.Chance(1, 6) ? Seat{seat.member, rng.Next()} : seat;
      }
    }
    std::vector<Seat> seats;
    for (const auto& [key, seat] : present) seats.push_back(seat);
    rng.Shuffle(seats);
    order = order->Changed(seats);
    ExpectSame(*order, PreferenceOrder(64, seats));
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Members, PreferenceOrderChangesTest,
                         testing::Values(1, 2, 3, 10, 63, 64, 65, 66, 130, 300));

TEST(PreferenceOrderTest, ANewcomerOnlyTakesOver) {
  Rng rng(3);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<Seat> seats = RandomSeats(rng, 2 + rng.Uniform(90));
    const Seat newcomer = seats.back();
    seats.pop_back();
    const PreferenceOrder before(256, seats);
    seats.push_back(newcomer);
    const auto after = before.Changed(seats);
    for (Partition p = 0; p < 256; ++p) {
      std::vector<MemberKey> expected = Listed(before, p);
      std::vector<MemberKey> others = Listed(*after, p);
      std::erase(others, newcomer.member);
      expected.resize(others.size());  // It may have pushed the last one out.
      ASSERT_EQ(others, expected);
    }
  }
}

TEST(PreferenceOrderTest, OneThatGoesOnlyGivesUp) {
  Rng rng(4);
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<Seat> seats = RandomSeats(rng, 2 + rng.Uniform(90));
    const PreferenceOrder before(256, seats);
    const Seat gone = seats.back();
    seats.pop_back();
    const auto after = before.Changed(seats);
    for (Partition p = 0; p < 256; ++p) {
      std::vector<MemberKey> expected = Listed(before, p);
      std::erase(expected, gone.member);
      std::vector<MemberKey> remaining = Listed(*after, p);
      ASSERT_GE(remaining.size(), expected.size());
      remaining.resize(expected.size());  // One that was not listed may follow.
      ASSERT_EQ(remaining, expected);
    }
  }
}

TEST(PreferenceOrderTest, ShareIsBalanced) {
  Rng rng(5);
  const std::vector<Seat> seats = RandomSeats(rng, 8);
  const PreferenceOrder order(65536, seats);
  std::map<MemberKey, int> first;
  std::map<MemberKey, int> owned;
  for (Partition p = 0; p < 65536; ++p) {
    ++first[order.Of(p)[0]];
    for (int i = 0; i < 3; ++i) ++owned[order.Of(p)[static_cast<std::size_t>(i)]];
  }
  for (const Seat& seat : seats) {
    EXPECT_NEAR(first[seat.member], 65536 / 8, 65536 / 8 * 0.05);
    EXPECT_NEAR(owned[seat.member], 3 * 65536 / 8, 3 * 65536 / 8 * 0.02);
  }
}

TEST(PreferenceOrderTest, FirstOfLooksBehindTheList) {
  Rng rng(6);
  const std::vector<Seat> seats = RandomSeats(rng, 300);
  const PreferenceOrder order(16, seats);
  for (Partition p = 0; p < 16; ++p) {
    const auto listed = order.Of(p);
    ASSERT_EQ(listed.size(), PreferenceOrder::kMaxListed);
    const std::set<MemberKey> crowd(listed.begin(), listed.end());
    const auto others =
        order.FirstOf(p, 3, [&](MemberKey member) { return !crowd.contains(member); });
    ASSERT_EQ(others.size(), 3u);
    std::vector<Seat> rest;
    for (const Seat& seat : seats) {
      if (!crowd.contains(seat.member)) rest.push_back(seat);
    }
    const std::vector<MemberKey> expected = Listed(PreferenceOrder(16, rest), p);
    EXPECT_TRUE(std::equal(others.begin(), others.end(), expected.begin()));
  }
}

}  // namespace
}  // namespace vf
