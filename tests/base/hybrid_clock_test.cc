#include "base/hybrid_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/rng.h"

namespace vf {
namespace {

constexpr WallTime kNow{1'700'000'000'000};

WallTime After(std::uint64_t ms) { return {kNow.ms + ms}; }
Version Next(Version version) { return {version.value + 1}; }

TEST(VersionTest, Is48BitsOfMillisecondsAnd16OfCounter) {
  EXPECT_EQ(VersionAt({0x123456789abc}).value, 0x123456789abc0000ULL);
  EXPECT_EQ(Version{0x123456789abcffffULL}.Milliseconds(), 0x123456789abcULL);
  EXPECT_EQ(Version{0xabc}.Hex(), "0000000000000abc");
}

TEST(HybridClockTest, StampsTheWallClockOrOneAboveTheLastStamp) {
  HybridClock clock;
  EXPECT_EQ(clock.Stamp(kNow), VersionAt(kNow));
  EXPECT_EQ(clock.Stamp(kNow), Next(VersionAt(kNow)));
  EXPECT_EQ(clock.Stamp(After(1)), VersionAt(After(1)));
  EXPECT_EQ(clock.last(), VersionAt(After(1)));
}

TEST(HybridClockTest, RisesWhenTheWallClockGoesBack) {
  HybridClock clock;
  const Version before = clock.Stamp(kNow);
  EXPECT_EQ(clock.Stamp({kNow.ms - 3'600'000}), Next(before));
  EXPECT_EQ(clock.Stamp({0}), Next(Next(before)));
}

TEST(HybridClockTest, AFullCounterRunsIntoTheMilliseconds) {
  HybridClock clock;
  Version last;
  for (int i = 0; i <= 0x10000; ++i) last = clock.Stamp(kNow);
  EXPECT_EQ(last, VersionAt(After(1)));
  EXPECT_EQ(clock.Stamp(After(1)), Next(last));
}

TEST(HybridClockTest, VersionsUpTo60SecondsAheadMoveTheClock) {
  HybridClock clock;
  const Version seen{VersionAt(After(60'000)).value | 0xffff};
  clock.Observe(kNow, seen);
  EXPECT_EQ(clock.Stamp(kNow), Next(seen));
}

TEST(HybridClockTest, AVersionFurtherAheadDoesNotMoveTheClock) {
  HybridClock clock;
  clock.Observe(kNow, VersionAt(After(60'001)));
  clock.Observe(kNow, {UINT64_MAX});
  EXPECT_EQ(clock.Stamp(kNow), VersionAt(kNow));
}

TEST(HybridClockTest, OlderVersionsChangeNothing) {
  HybridClock clock;
  const Version last = clock.Stamp(kNow);
  clock.Observe(kNow, {0});
  clock.Observe(kNow, {last.value - 1});
  EXPECT_EQ(clock.last(), last);
}

TEST(HybridClockTest, StampAboveIsAboveTheFloorAndTheLastStamp) {
  HybridClock clock;
  const Version floor = VersionAt(After(500));
  EXPECT_EQ(clock.StampAbove(kNow, floor), Next(floor));
  EXPECT_EQ(clock.StampAbove(kNow, {1}), Next(Next(floor)));
  EXPECT_EQ(clock.StampAbove(After(1'000), floor), VersionAt(After(1'000)));
}

TEST(HybridClockTest, StampAboveAFarFloorLeavesTheClockAlone) {
  HybridClock clock;
  const Version far = VersionAt(After(365ULL * 24 * 3'600 * 1'000));
  EXPECT_EQ(clock.StampAbove(kNow, far), Next(far));
  EXPECT_EQ(clock.Stamp(kNow), VersionAt(kNow));
  // And again: each next write of that key is stamped just above.
  EXPECT_EQ(clock.StampAbove(kNow, Next(far)), Next(Next(far)));
}

TEST(HybridClockTest, StampAboveAFarFloorThatTheClockHasPassedIsAboveBoth) {
  HybridClock clock;
  const Version ahead = clock.Stamp(After(3'600'000));  // and now the wall clock goes back
  EXPECT_EQ(clock.StampAbove(kNow, VersionAt(After(120'000))), Next(ahead));
}

TEST(HybridClockTest, NothingIsAboveTheLastVersion) {
  HybridClock clock;
  EXPECT_EQ(clock.StampAbove(kNow, {UINT64_MAX}), std::nullopt);
  EXPECT_EQ(clock.StampAbove(kNow, {UINT64_MAX - 1}), Version{UINT64_MAX});
  EXPECT_EQ(clock.Stamp(kNow), VersionAt(kNow));
}

TEST(HybridClockTest, StampsRiseWhateverTheWallClockDoesAndWhateverIsSeen) {
  Rng rng(1);
  HybridClock clock;
  for (int i = 0; i < 100'000; ++i) {
    const WallTime wall = After(rng.Uniform(200'000));
    const Version foreign{VersionAt(After(rng.Uniform(400'000))).value + rng.Uniform(0x10000)};
    const Version before = clock.last();
    switch (rng.Uniform(3)) {
      case 0:
        clock.Observe(wall, foreign);
        break;
      case 1: {
        const auto stamp = clock.StampAbove(wall, foreign);
        ASSERT_TRUE(stamp);
        ASSERT_GT(*stamp, foreign);
        ASSERT_GT(*stamp, before);
        break;
      }
      default: {
        const Version stamp = clock.Stamp(wall);
        ASSERT_GT(stamp, before);
        ASSERT_GE(stamp, VersionAt(wall));
      }
    }
    ASSERT_GE(clock.last(), before);
    ASSERT_LE(clock.last().Milliseconds(), After(200'000 + kMaxClockLeadMs + 1).ms);
  }
}

TEST(HybridClockTest, ThreadsNeverStampAlike) {
  constexpr int kThreads = 4;
  constexpr std::size_t kStamps = 20'000;
  HybridClock clock;
  std::vector<std::vector<Version>> stamps(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&clock, &mine = stamps[t], t] {
      for (std::size_t i = 0; i < kStamps; ++i) {
        mine.push_back(i % 3 == 0 ? *clock.StampAbove(kNow, clock.last())
                                  : clock.Stamp(After(i % 7)));
        if (i % 5 == t) clock.Observe(kNow, VersionAt(After(i / 100)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<Version> all;
  for (const auto& mine : stamps) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(all.end(), mine.begin(), mine.end());
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

}  // namespace
}  // namespace vf
