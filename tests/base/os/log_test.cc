#include "base/os/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vf {
namespace {

TEST(LogTest, AnEventIsOneLineWithTimeLevelAndText) {
  ::testing::internal::CaptureStderr();
  LogWarn("two\nlines \x1b[31m\xff and a \\");
  const std::string line = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(
      line, ::testing::MatchesRegex("[0-9]+-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
                                    "\\.[0-9][0-9][0-9]Z warn two\\\\nlines "
                                    "\\\\x1b\\[31m\\\\xff and a \\\\\\\\\n"));
}

TEST(LogTest, DropsWhatIsBelowTheLevel) {
  ::testing::internal::CaptureStderr();
  SetLogLevel(LogLevel::kWarn);
  LogInfo("dropped");
  EXPECT_FALSE(LogEnabled(LogLevel::kInfo));
  SetLogLevel(LogLevel::kTrace);
  Log(LogLevel::kTrace, "kept");
  SetLogLevel(LogLevel::kInfo);
  const std::string text = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(text.find("dropped"), std::string::npos);
  EXPECT_NE(text.find("trace kept"), std::string::npos);
}

TEST(LogTest, ParsesLevelsByTheirNamesOnly) {
  EXPECT_EQ(ParseLogLevel("trace"), LogLevel::kTrace);
  EXPECT_EQ(ParseLogLevel("error"), LogLevel::kError);
  EXPECT_FALSE(ParseLogLevel("warning"));
  EXPECT_FALSE(ParseLogLevel(""));
}

TEST(LogLimiterTest, LetsOneEventAReasonAndMinuteThrough) {
  LogLimiter limiter;
  const TimePoint start{};
  EXPECT_TRUE(limiter.Allow(start, "a"));
  EXPECT_FALSE(limiter.Allow(start + seconds(59), "a"));
  EXPECT_TRUE(limiter.Allow(start + seconds(59), "b"));
  EXPECT_TRUE(limiter.Allow(start + seconds(60), "a"));
  EXPECT_FALSE(limiter.Allow(start + seconds(61), "a"));
}

TEST(LogLimiterTest, RefusesNewReasonsWhileTooManyAreFresh) {
  LogLimiter limiter;
  const TimePoint start{};
  for (std::size_t i = 0; i < LogLimiter::kMaxReasons; ++i) {
    EXPECT_TRUE(limiter.Allow(start, std::to_string(i)));
  }
  EXPECT_FALSE(limiter.Allow(start + seconds(1), "one more"));
  EXPECT_TRUE(limiter.Allow(start + seconds(60), "one more"));
}

}  // namespace
}  // namespace vf
