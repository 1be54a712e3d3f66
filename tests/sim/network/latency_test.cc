#include "tools/cluster-sim/network/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/rng.h"

namespace vf::sim {
namespace {

constexpr std::size_t kDraws = 1'000'000;

std::vector<double> SortedDelays(const LatencySpec& spec) {
  const LatencyTable table(spec);
  Rng rng(1);
  std::vector<double> delays(kDraws);
  for (double& delay : delays) delay = static_cast<double>(table.At(rng.Next()).count());
  std::sort(delays.begin(), delays.end());
  return delays;
}

TEST(LatencyTableTest, HasTheMedianTheP99AndTheMeanOfItsDistribution) {
  for (const LatencySpec& spec : {LatencySpec{}, LatencySpec{milliseconds(1), milliseconds(4)},
                                  LatencySpec{microseconds(100), milliseconds(2)}}) {
    const std::vector<double> delays = SortedDelays(spec);
    const auto median = static_cast<double>(spec.median.count());
    const auto p99 = static_cast<double>(spec.p99.count());
    const double sigma = std::log(p99 / median) / 2.326347874;
    double sum = 0;
    for (const double delay : delays) sum += delay;
    EXPECT_NEAR(delays[kDraws / 2] / median, 1, 0.01);
    EXPECT_NEAR(delays[kDraws / 100 * 99] / p99, 1, 0.01);
    EXPECT_NEAR(sum / kDraws / (median * std::exp(sigma * sigma / 2)), 1, 0.01);
    // Both tails, at 0.1 %: z = 3.0902.
    EXPECT_NEAR(delays[kDraws / 1000] / (median * std::exp(-3.0902 * sigma)), 1, 0.03);
    EXPECT_NEAR(delays[kDraws / 1000 * 999] / (median * std::exp(3.0902 * sigma)), 1, 0.03);
  }
}

TEST(LatencyTableTest, HigherDrawsAreNeverShorter) {
  const LatencyTable table(LatencySpec{});
  Duration last{};
  constexpr std::uint64_t kStep = (std::uint64_t{1} << 40) - 1;
  for (std::uint64_t draw = 0; draw < UINT64_MAX - kStep; draw += kStep) {
    const Duration delay = table.At(draw);
    ASSERT_GE(delay, last);
    last = delay;
  }
  EXPECT_GE(table.At(UINT64_MAX), last);
  EXPECT_LE(table.At(UINT64_MAX), milliseconds(4));  // 150 us * 4^(4.9 / 2.326) = 2.8 ms
  EXPECT_GT(table.At(0), microseconds(5));
}

// Computed by a program apart, with exact quantiles of the normal distribution.
TEST(LatencyTableTest, GivesTheGoldenDelays) {
  const LatencyTable table(LatencySpec{});
  EXPECT_EQ(table.At(std::uint64_t{1} << 63), microseconds(150));
  EXPECT_EQ(table.At(std::uint64_t{1} << 62), Duration(100'354));
  EXPECT_EQ(table.At(std::uint64_t{3} << 62), Duration(224'207));
  EXPECT_EQ(table.At(std::uint64_t{1023} << 54), Duration(949'874));
  EXPECT_EQ(table.At(0), Duration(8'086));
  EXPECT_EQ(table.At(UINT64_MAX), Duration(2'782'679));
}

TEST(LatencyTableTest, MedianAndP99MayBeEqual) {
  const LatencyTable table({milliseconds(5), milliseconds(5)});
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(table.At(rng.Next()), milliseconds(5));
}

TEST(LatencyTableTest, IsNeverLongerThanTheLongest) {
  const LatencyTable table({Duration(1), kLongestDelay});
  EXPECT_EQ(table.At(UINT64_MAX), kLongestDelay);
  EXPECT_EQ(table.At(0), Duration(0));
}

TEST(LatencyTableTest, RefusesWhatIsNoDistribution) {
  EXPECT_DEATH(LatencyTable({Duration(0), Duration(5)}), "a delay needs");
  EXPECT_DEATH(LatencyTable({Duration(6), Duration(5)}), "a delay needs");
  EXPECT_DEATH(LatencyTable({Duration(6), kLongestDelay + Duration(1)}), "a delay needs");
}

}  // namespace
}  // namespace vf::sim
