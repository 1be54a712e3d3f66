#include "node/data/turn_watch.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(TurnWatchTest, ALoopThatHasNotTurnedForASecondIsStuckUntilItTurns) {
  TurnWatch watch;
  EXPECT_FALSE(watch.Look({7}));
  for (int look = 1; look < TurnWatch::kLooksUntilStuck; ++look) EXPECT_FALSE(watch.Look({7}));
  EXPECT_TRUE(watch.Look({7}));
  EXPECT_TRUE(watch.Look({7}));
  EXPECT_FALSE(watch.Look({8}));
  EXPECT_FALSE(watch.Look({8}));
  static_assert(TurnWatch::kLooksUntilStuck * TurnWatch::kLookEvery == seconds(1));
}

TEST(TurnWatchTest, OneOfManyIsEnough) {
  TurnWatch watch;
  std::uint64_t turns = 0;
  bool stuck = false;
  for (int look = 0; look <= TurnWatch::kLooksUntilStuck; ++look) stuck = watch.Look({++turns, 0});
  EXPECT_TRUE(stuck);
}

TEST(TurnWatchTest, ALoopThatHasJustBegunIsNotStuck) {
  TurnWatch watch;
  EXPECT_FALSE(watch.Look({0}));
}

}  // namespace
}  // namespace vf
