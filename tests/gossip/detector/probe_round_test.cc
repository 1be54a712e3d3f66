#include "gossip/detector/probe_round.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>

#include "base/rng.h"

namespace vf {
namespace {

TEST(ProbeRoundTest, PermutationsReachEveryIndexOnce) {
  for (const auto size : std::initializer_list<std::uint64_t>{1, 2, 3, 5, 16, 17, 100, 1000}) {
    std::set<std::uint64_t> seen;
    for (std::uint64_t i = 0; i < size; ++i) seen.insert(Permute(42, size, i));
    EXPECT_EQ(seen.size(), size);
    EXPECT_EQ(*seen.rbegin(), size - 1);
  }
}

// SWIM, section 4.3: round robin over a permutation bounds the time to the first probe.
TEST(ProbeRoundTest, GapBetweenTwoProbesIsBelowTwoRounds) {
  constexpr std::size_t kMembers = 57;
  ProbeRound round((Rng(3)));
  std::map<std::size_t, int> last;
  const auto all = [](std::size_t) { return true; };
  for (int i = 0; i < 5'000; ++i) {
    const std::size_t slot = *round.Next(kMembers, all);
    const int before = last.contains(slot) ? last[slot] : i;
    EXPECT_LE(i - before, 2 * static_cast<int>(kMembers) - 1);
    last[slot] = i;
  }
  EXPECT_EQ(last.size(), kMembers);
}

TEST(ProbeRoundTest, JoinersComeIntoTheRestOfTheRound) {
  const auto all = [](std::size_t) { return true; };
  std::set<int> positions;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    ProbeRound round((Rng(seed)));
    for (int i = 0; i < 3; ++i) round.Next(10, all);
    int position = 0;
    while (*round.Next(11, all) != 10) ++position;
    EXPECT_LT(position, 8);
    positions.insert(position);
  }
  EXPECT_GT(positions.size(), 4u) << "not always at the same place";
}

TEST(ProbeRoundTest, NobodyToProbe) {
  ProbeRound round((Rng(1)));
  EXPECT_FALSE(round.Next(0, [](std::size_t) { return true; }));
  EXPECT_FALSE(round.Next(50, [](std::size_t) { return false; }));
  EXPECT_EQ(round.Next(50, [](std::size_t s) { return s == 13; }), 13u);
  EXPECT_EQ(round.Next(50, [](std::size_t s) { return s == 13; }), 13u);
}

}  // namespace
}  // namespace vf
