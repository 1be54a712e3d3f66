#include "base/time.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace vf {
namespace {

TEST(TimeTest, MillisecondsAreCutTowardsZero) {
  EXPECT_EQ(ToMilliseconds(microseconds(1'999)), 1);
  EXPECT_EQ(ToMilliseconds(microseconds(-1'999)), -1);
  EXPECT_EQ(ToMilliseconds(Duration(0)), 0);
}

TEST(TimeTest, NeverIsLaterThanEveryDeadline) {
  EXPECT_GT(kNever, TimePoint() + hours(24 * 365 * 200));
}

TEST(TimeTest, TheTwoKindsOfTimeDoNotMix) {
  EXPECT_FALSE((std::is_convertible_v<TimePoint, WallTime>));
  EXPECT_FALSE((std::is_convertible_v<WallTime, TimePoint>));
  EXPECT_FALSE((std::is_convertible_v<std::chrono::steady_clock::time_point, TimePoint>));
}

}  // namespace
}  // namespace vf
