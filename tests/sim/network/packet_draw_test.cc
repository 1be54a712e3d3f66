#include "tools/cluster-sim/network/packet_draw.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace vf::sim {
namespace {

TEST(PacketDrawTest, PurposesAreIndependentOfEachOtherAndOfTheWord) {
  Rng rng(1);
  const Probability tenth(0.1);
  int first = 0, second = 0, both = 0, with_word = 0;
  constexpr int kDraws = 1'000'000;
  for (int i = 0; i < kDraws; ++i) {
    const PacketDraw draw(rng.Next());
    const bool a = tenth.Happens(draw.For(0)), b = tenth.Happens(draw.For(1));
    first += a;
    second += b;
    both += a && b;
    with_word += a && tenth.Happens(draw.word());
  }
  // Six standard deviations: sqrt(1e6 * 0.1 * 0.9) = 300, sqrt(1e6 * 0.01 * 0.99) = 99.5.
  EXPECT_NEAR(first, kDraws / 10, 6 * 300);
  EXPECT_NEAR(second, kDraws / 10, 6 * 300);
  EXPECT_NEAR(both, kDraws / 100, 6 * 99.5);
  EXPECT_NEAR(with_word, kDraws / 100, 6 * 99.5);
}

TEST(ProbabilityTest, IsExactAtBothEnds) {
  EXPECT_FALSE(Probability().Happens(0));
  EXPECT_FALSE(Probability(0).Happens(0));
  EXPECT_TRUE(Probability(1).Happens(UINT64_MAX));
  EXPECT_TRUE(Probability(0.5).Happens(UINT64_MAX / 2));
  EXPECT_FALSE(Probability(0.5).Happens(UINT64_MAX / 2 + 1));
  EXPECT_DEATH(Probability(1.01), "between 0 and 1");
  EXPECT_DEATH(Probability(-0.01), "between 0 and 1");
}

}  // namespace
}  // namespace vf::sim
