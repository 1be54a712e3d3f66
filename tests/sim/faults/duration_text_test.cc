#include "tools/cluster-sim/faults/duration_text.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "tools/cluster-sim/faults/number_text.h"

namespace vf::sim {
namespace {

TEST(DurationTextTest, ReadsEveryUnit) {
  EXPECT_EQ(ParseDuration("250ms"), Duration(milliseconds(250)));
  EXPECT_EQ(ParseDuration("60s"), Duration(seconds(60)));
  EXPECT_EQ(ParseDuration("1.5s"), Duration(milliseconds(1500)));
  EXPECT_EQ(ParseDuration("2m"), Duration(minutes(2)));
  EXPECT_EQ(ParseDuration("0.5h"), Duration(minutes(30)));
  EXPECT_EQ(ParseDuration("150us"), Duration(microseconds(150)));
  EXPECT_EQ(ParseDuration("7ns"), Duration(7));
  EXPECT_EQ(ParseDuration("0s"), Duration(0));
  EXPECT_EQ(ParseDuration("0.000000001s"), Duration(1));
}

TEST(DurationTextTest, RefusesEverythingElse) {
  for (const char* text : {"",
                           "s",
                           "60",
                           "60 s",
                           " 60s",
                           "60s ",
                           "-1s",
                           "+1s",
                           "1e3s",
                           "1.s",
                           ".5s",
                           "1.2.3s",
                           "1,5s",
                           "60sec",
                           "60S",
                           "0x10s",
                           "0.5ns",
                           "0.0000000001s",
                           "9000h",
                           "999999999999999999h",
                           "1111111111111111111s",
                           "nans",
                           "1s2"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(DurationTextTest, WritesWhatItReads) {
  EXPECT_EQ(DurationText(seconds(90)), "90s");
  EXPECT_EQ(DurationText(milliseconds(1500)), "1500ms");
  EXPECT_EQ(DurationText(microseconds(150)), "150us");
  EXPECT_EQ(DurationText(Duration(0)), "0s");
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const Duration scale = rng.Chance(1, 2) ? Duration(seconds(1)) : Duration(1);
    const Duration duration = scale * static_cast<std::int64_t>(rng.Uniform(31'000'000));
    EXPECT_EQ(ParseDuration(DurationText(duration)), duration);
  }
}

TEST(NumberTextTest, IsShort) {
  EXPECT_EQ(NumberText(0.05), "0.05");
  EXPECT_EQ(NumberText(3600), "3600");
  EXPECT_EQ(NumberText(-0.5), "-0.5");
  EXPECT_EQ(NumberText(0), "0");
  EXPECT_EQ(NumberText(-100'000), "-100000");
  EXPECT_EQ(NumberText(0.000001), "0.000001");
  EXPECT_EQ(NumberText(1e99), "1e+99");
}

}  // namespace
}  // namespace vf::sim
