// A view is told at once, but not a thousand of them while newcomers come by the hundred.
#include "gossip/dissemination/view_pace.h"

#include <gtest/gtest.h>

namespace vf {
namespace {

class ViewPaceTest : public ::testing::Test {
 protected:
  void Rush() {
    for (std::size_t i = 0; i < ViewPace::kRush; ++i) pace_.OnNewcomer(now_);
  }
  ViewPace pace_;
  TimePoint now_{seconds(1'000)};
};

TEST_F(ViewPaceTest, AChangeIsToldAtOnce) {
  EXPECT_FALSE(pace_.IsDue(now_));
  pace_.OnNewcomer(now_);
  pace_.Hold(now_);
  EXPECT_TRUE(pace_.IsDue(now_));
  pace_.OnTold();
  EXPECT_FALSE(pace_.IsDue(now_));
  EXPECT_EQ(pace_.NextDeadline(), kNever);
}

TEST_F(ViewPaceTest, ARushIsToldWhenItIsOver) {
  Rush();
  EXPECT_TRUE(pace_.IsRush(now_));
  pace_.Hold(now_);
  EXPECT_FALSE(pace_.IsDue(now_));
  EXPECT_EQ(pace_.NextDeadline(), now_ + ViewPace::kWindow);
  now_ += ViewPace::kWindow;
  EXPECT_TRUE(pace_.IsDue(now_));
  EXPECT_FALSE(pace_.IsRush(now_));
  EXPECT_TRUE(pace_.WasRush(now_, seconds(1)));
  EXPECT_FALSE(pace_.WasRush(now_ + seconds(1), seconds(1)));
}

TEST_F(ViewPaceTest, AFewASecondAreNoRush) {
  for (int i = 0; i < 100; ++i) {
    pace_.OnNewcomer(now_);
    pace_.Hold(now_);
    EXPECT_TRUE(pace_.IsDue(now_)) << i;
    pace_.OnTold();
    now_ += milliseconds(7);
  }
}

TEST_F(ViewPaceTest, NothingIsHeldForLongerThanASecond) {
  Rush();
  pace_.Hold(now_);
  const TimePoint begin = now_;
  while (!pace_.IsDue(now_)) {
    now_ += milliseconds(1);
    pace_.OnNewcomer(now_);
    pace_.Hold(now_);
    ASSERT_LE(now_, begin + ViewPace::kMaxHeld);
  }
  EXPECT_EQ(now_, begin + ViewPace::kMaxHeld);
}

}  // namespace
}  // namespace vf
