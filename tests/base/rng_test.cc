#include "base/rng.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace vf {
namespace {

std::vector<std::uint64_t> Draws(Rng rng, int count) {
  std::vector<std::uint64_t> draws;
  for (int i = 0; i < count; ++i) draws.push_back(rng.Next());
  return draws;
}

// Recorded runs are replayed by their seed: these draws must never change. Computed from the
// papers by a program apart.
TEST(RngTest, DrawsTheGoldenValues) {
  EXPECT_EQ(Draws(Rng(0), 4), (std::vector<std::uint64_t>{0x99ec5f36cb75f2b4, 0xbf6e1f784956452a,
                                                          0x1a5f849d4933e6e0, 0x6aa594f1262d2d2c}));
  EXPECT_EQ(Draws(Rng(0xdeadbeef), 4),
            (std::vector<std::uint64_t>{0xc5555444a74d7e83, 0x65c30d37b4b16e38, 0x54f773200a4efa23,
                                        0x429aed75fb958af7}));
}

TEST(RngTest, UniformDrawsTheGoldenValues) {
  Rng rng(7);
  std::vector<std::uint64_t> draws;
  for (int i = 0; i < 12; ++i) draws.push_back(rng.Uniform(10));
  EXPECT_EQ(draws, (std::vector<std::uint64_t>{7, 2, 8, 9, 9, 8, 0, 1, 4, 1, 5, 7}));
  // A bound of which every second draw is rejected.
  Rng rejecting(7);
  EXPECT_EQ(rejecting.Uniform((1ULL << 63) + 1), 6'461'677'535'414'237'997u);
  EXPECT_EQ(rejecting.Uniform((1ULL << 63) + 1), 7'744'196'453'246'319'819u);
  EXPECT_EQ(rejecting.Uniform((1ULL << 63) + 1), 9'049'029'322'324'588'832u);
}

TEST(RngTest, ForksAreGoldenTooAndDoNotDependOnDrawsTaken) {
  Rng parent(1);
  const auto before = Draws(parent.Fork("probe"), 3);
  parent.Next();
  EXPECT_EQ(Draws(parent.Fork("probe"), 3), before);
  EXPECT_EQ(before,
            (std::vector<std::uint64_t>{3'422'153'177'411'291'166, 16'743'617'471'896'365'078U,
                                        1'635'761'421'750'131'565}));
  EXPECT_EQ(Rng(1).Fork(2).Next(), 8'074'280'044'314'418'658u);
}

TEST(RngTest, ForksDifferFromEachOtherAndFromTheParent) {
  std::set<std::uint64_t> first_draws;
  int forks = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Rng parent(seed);
    first_draws.insert(Rng(parent).Next());
    for (std::uint64_t number = 0; number < 100; ++number) {
      first_draws.insert(parent.Fork(number).Next());
      first_draws.insert(parent.Fork("name" + std::to_string(number)).Next());
      forks += 2;
    }
  }
  EXPECT_EQ(first_draws.size(), static_cast<std::size_t>(forks) + 100);
}

TEST(RngTest, UniformIsBelowItsBoundAndEven) {
  Rng rng(3);
  constexpr int kDraws = 60'000;
  std::vector<int> counts(6);
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t draw = rng.Uniform(6);
    ASSERT_LT(draw, 6u);
    ++counts[draw];
  }
  // Six standard deviations: sqrt(60000 * 1/6 * 5/6) = 91.
  for (const int count : counts) EXPECT_NEAR(count, kDraws / 6, 6 * 91);
  EXPECT_EQ(rng.Uniform(1), 0u);
  EXPECT_DEATH(rng.Uniform(0), "a draw from nothing");
}

TEST(RngTest, BetweenTakesBothEnds) {
  Rng rng(4);
  std::set<Duration> seen;
  for (int i = 0; i < 200; ++i) seen.insert(rng.Between(Duration(-1), Duration(2)));
  EXPECT_EQ(seen, (std::set<Duration>{Duration(-1), Duration(0), Duration(1), Duration(2)}));
  EXPECT_EQ(rng.Between(seconds(1), seconds(1)), seconds(1));
  EXPECT_DEATH(rng.Between(seconds(2), seconds(1)), "an empty range");
}

TEST(RngTest, ChanceIsNumeratorOverDenominator) {
  Rng rng(5);
  int hits = 0;
  for (int i = 0; i < 40'000; ++i) hits += rng.Chance(1, 4) ? 1 : 0;
  EXPECT_NEAR(hits, 10'000, 6 * 87);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(rng.Chance(0, 5));
    EXPECT_TRUE(rng.Chance(5, 5));
  }
}

TEST(RngTest, ShuffleKeepsTheItemsAndReachesEveryOrder) {
  Rng rng(6);
  std::set<std::vector<int>> orders;
  for (int i = 0; i < 500; ++i) {
    std::vector<int> items = {1, 2, 3, 4};
    rng.Shuffle(items);
    orders.insert(items);
    std::sort(items.begin(), items.end());
    ASSERT_EQ(items, (std::vector<int>{1, 2, 3, 4}));
  }
  EXPECT_EQ(orders.size(), 24u);
  std::vector<int> none;
  rng.Shuffle(none);
  EXPECT_TRUE(none.empty());
}

TEST(RngTest, SampleIsExactAndWithoutReplacement) {
  Rng rng(7);
  std::set<std::vector<int>> samples;
  for (int i = 0; i < 500; ++i) samples.insert(rng.Sample(std::vector<int>{1, 2, 3, 4}, 2));
  EXPECT_EQ(samples.size(), 12u);
  for (const auto& sample : samples) {
    ASSERT_EQ(sample.size(), 2u);
    EXPECT_NE(sample[0], sample[1]);
  }
  EXPECT_EQ(rng.Sample(std::vector<int>{1, 2}, 5).size(), 2u);
  EXPECT_TRUE(rng.Sample(std::vector<int>{}, 5).empty());
  EXPECT_TRUE(rng.Sample(std::vector<int>{1}, 0).empty());
}

}  // namespace
}  // namespace vf
