#include "tools/cluster-sim/checkers/history_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"
#include "tools/cluster-sim/checkers/intervals.h"
#include "tools/cluster-sim/checkers/key_numbers.h"

namespace vf::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(KeyNumbersTest, NumbersInTheOrderOfTheFirstSight) {
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) keys.push_back("key" + std::to_string(i));
  KeyNumbers numbers;
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t i = 0; i < keys.size(); ++i) EXPECT_EQ(numbers.NumberOf(keys[i]), i);
  }
  EXPECT_EQ(numbers.NumberOf(""), 1000U);
  EXPECT_EQ(numbers.keys()[17], "key17");
}

TEST(HistoryIndexTest, GivesTheEventsOfAKeyInTheOrderOfTime) {
  MadeHistory made;
  made.Write("b", 11, 3, 4);
  made.Write("x", 1, 1, 2).key = "other";
  made.Write("a", 10, 1, 2);
  made.Sample(5, 7, Value("a", 10));
  made.Sample(4, 9, Value("a", 10));
  const HistoryIndex index(made.history);
  ASSERT_EQ(index.keys(), 2U);
  EXPECT_EQ(index.Key(0).key, "k");
  EXPECT_THAT(index.Key(0).operations, ElementsAre(2, 0));
  EXPECT_THAT(index.Key(0).samples, ElementsAre(1, 0));
  EXPECT_THAT(index.Key(1).operations, ElementsAre(1));
  EXPECT_THAT(index.Key(1).samples, IsEmpty());
  EXPECT_EQ(index.places(), 2U);
  EXPECT_EQ(index.PlaceOf(9), 1U);
  EXPECT_EQ(index.PlaceOf(8), 2U);
}

TEST(HistoryIndexTest, TellsLives) {
  MadeHistory made;
  made.Start(1);
  made.Life(5, 0, LifeEvent::kPaused);
  made.Life(6, 0, LifeEvent::kResumed);
  made.Life(8, 0, LifeEvent::kCrashed);
  const HistoryIndex index(made.history);
  const ProcessLife* life = index.LifeOf(0);
  ASSERT_NE(life, nullptr);
  EXPECT_EQ(life->ready, At(1));
  EXPECT_TRUE(life->UpAt(At(7)));
  EXPECT_FALSE(life->UpAt(At(8)));
  EXPECT_TRUE(life->PausedWithin(At(6), At(7)));
  EXPECT_FALSE(life->PausedWithin(At(6.1), At(7)));
  EXPECT_EQ(index.LifeOf(1), nullptr);
}

TEST(IntervalsTest, JoinsAndAnswers) {
  Intervals intervals;
  intervals.Add(At(10), At(20));
  intervals.Add(At(1), At(2));
  intervals.Add(At(15), At(25));
  intervals.Add(At(16), At(17));
  intervals.Seal();
  EXPECT_TRUE(intervals.Touches(At(2), At(3)));
  EXPECT_FALSE(intervals.Touches(At(2.1), At(9.9)));
  EXPECT_TRUE(intervals.Touches(At(0), At(100)));
  EXPECT_TRUE(intervals.Touches(At(24), At(24)));
  EXPECT_FALSE(intervals.Touches(At(26), At(27)));
  EXPECT_EQ(intervals.EndOfTouched(At(9), At(10)), At(25));
  EXPECT_EQ(intervals.EndOfTouched(At(3), At(4)), At(4));
  EXPECT_EQ(Later(kNotYet - 1, 5), kNotYet);
}

}  // namespace
}  // namespace vf::sim
