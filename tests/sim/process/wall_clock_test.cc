#include "tools/cluster-sim/process/wall_clock.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

constexpr TimePoint kStart{seconds(5)};

TEST(WallClockTest, GoesAsTrueTimeDoes) {
  const WallClock clock(kStart);
  EXPECT_EQ(clock.At(kStart).ms, kWallAtStartMs);
  EXPECT_EQ(clock.At(kStart + milliseconds(1234)).ms, kWallAtStartMs + 1234);
}

TEST(WallClockTest, JumpsForwardAndBack) {
  WallClock clock(kStart);
  clock.Jump(5000);
  EXPECT_EQ(clock.At(kStart).ms, kWallAtStartMs + 5000);
  clock.Jump(-7000);
  EXPECT_EQ(clock.At(kStart).ms, kWallAtStartMs - 2000);
}

TEST(WallClockTest, DriftsFromTheMomentOnAndKeepsWhatItGained) {
  WallClock clock(kStart);
  clock.SetDrift(kStart + seconds(10), 1000);
  EXPECT_EQ(clock.At(kStart + seconds(10)).ms, kWallAtStartMs + 10'000);
  EXPECT_EQ(clock.At(kStart + seconds(20)).ms, kWallAtStartMs + 20'010);
  clock.SetDrift(kStart + seconds(20), 0);
  EXPECT_EQ(clock.At(kStart + seconds(30)).ms, kWallAtStartMs + 30'010);
}

}  // namespace
}  // namespace vf::sim
