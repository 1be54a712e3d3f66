#include "gossip/seal/replay_windows.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

#include "base/rng.h"

namespace vf {
namespace {

constexpr std::uint64_t kWindow = ReplayWindows::kWindow;

TEST(ReplayWindowsTest, TakesEachCounterOnce) {
  ReplayWindows windows;
  for (std::uint64_t c = 1; c < 3000; ++c) {
    EXPECT_TRUE(windows.Accept(1, 1, c)) << c;
    EXPECT_FALSE(windows.Accept(1, 1, c)) << c;
  }
}

TEST(ReplayWindowsTest, BearsReorderingWithinTheWindow) {
  ReplayWindows windows;
  EXPECT_TRUE(windows.Accept(1, 1, 5000));
  EXPECT_TRUE(windows.Accept(1, 1, 5000 - kWindow + 1));
  EXPECT_FALSE(windows.Accept(1, 1, 5000 - kWindow));
  EXPECT_FALSE(windows.Accept(1, 1, 1));
  EXPECT_TRUE(windows.Accept(1, 1, 4999));
  EXPECT_FALSE(windows.Accept(1, 1, 4999));
}

TEST(ReplayWindowsTest, CountersThatWereSkippedMayStillCome) {
  ReplayWindows windows;
  EXPECT_TRUE(windows.Accept(1, 1, 10));
  EXPECT_TRUE(windows.Accept(1, 1, 10 + kWindow - 1));  // the same bits, but for one
  EXPECT_FALSE(windows.Accept(1, 1, 10));
  for (std::uint64_t c = 11; c < 10 + kWindow - 1; ++c) EXPECT_TRUE(windows.Accept(1, 1, c)) << c;
}

TEST(ReplayWindowsTest, ALeapForgetsWhatIsFarBehind) {
  ReplayWindows windows;
  EXPECT_TRUE(windows.Accept(1, 1, 7));
  EXPECT_TRUE(windows.Accept(1, 1, ~std::uint64_t{0}));
  EXPECT_FALSE(windows.Accept(1, 1, 7));
  EXPECT_FALSE(windows.Accept(1, 1, ~std::uint64_t{0}));
  EXPECT_TRUE(windows.Accept(1, 1, ~std::uint64_t{0} - 1));
  EXPECT_TRUE(windows.Accept(2, 1, 0));
  EXPECT_FALSE(windows.Accept(2, 1, 0));
}

TEST(ReplayWindowsTest, SendersAndTheirBootsAreApart) {
  ReplayWindows windows;
  EXPECT_TRUE(windows.Accept(1, 1, 9));
  EXPECT_TRUE(windows.Accept(1, 2, 9));
  EXPECT_TRUE(windows.Accept(2, 1, 9));
  EXPECT_FALSE(windows.Accept(1, 1, 9));
  EXPECT_FALSE(windows.Accept(1, 2, 9));
  EXPECT_EQ(windows.senders(), 3u);
}

TEST(ReplayWindowsTest, ForgetsTheSenderThatWasHeardLongestAgo) {
  ReplayWindows windows(3);
  for (const MemberKey key : {1u, 2u, 3u}) EXPECT_TRUE(windows.Accept(key, 1, 1));
  EXPECT_FALSE(windows.Accept(1, 1, 1));  // and is heard
  EXPECT_TRUE(windows.Accept(4, 1, 1));   // in place of 2
  EXPECT_EQ(windows.senders(), 3u);
  EXPECT_FALSE(windows.Accept(1, 1, 1));
  EXPECT_FALSE(windows.Accept(3, 1, 1));
  EXPECT_FALSE(windows.Accept(4, 1, 1));
  EXPECT_TRUE(windows.Accept(2, 1, 1));
  ReplayWindows one(1);
  for (const MemberKey key : {1u, 2u, 1u, 1u}) one.Accept(key, 1, 1);
  EXPECT_EQ(one.senders(), 1u);
}

// Against a set of all that was seen.
TEST(ReplayWindowsTest, AgreesWithASimpleModel) {
  Rng rng(1);
  ReplayWindows windows;
  std::set<std::uint64_t> seen;
  std::uint64_t greatest = 0;
  for (int i = 0; i < 50'000; ++i) {
    const std::uint64_t base = greatest < 1200 ? 0 : greatest - 1200;
    std::uint64_t counter = base + rng.Uniform(1300);
    if (rng.Uniform(500) == 0) counter = greatest + rng.Uniform(5000);
    const bool too_old = greatest >= kWindow && counter <= greatest - kWindow;
    const bool expected = !too_old && !seen.contains(counter);
    ASSERT_EQ(windows.Accept(1, 1, counter), expected || i == 0) << i << " " << counter;
    seen.insert(counter);
    greatest = std::max(greatest, counter);
  }
}

}  // namespace
}  // namespace vf
