#include "base/os/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vf {
namespace {

using ::testing::HasSubstr;

TEST(MetricsTest, JoinsSamplesOfOneNameIntoOneFamily) {
  MetricsWriter writer;
  writer.AddGauge("velourfog_members", "Members by state.", {{"state", "alive"}}, 3);
  writer.AddCounter("velourfog_drops_total", "Drops.", {}, 12345678);
  writer.AddGauge("velourfog_members", "Members by state.", {{"state", "dead"}}, 0);
  const std::string text = writer.Text();
  EXPECT_THAT(text, HasSubstr("# HELP velourfog_members Members by state.\n"
                              "# TYPE velourfog_members gauge\n"
                              "velourfog_members{state=\"alive\"} 3\n"
                              "velourfog_members{state=\"dead\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE velourfog_drops_total counter\n"
                              "velourfog_drops_total 12345678\n"));
}

TEST(MetricsTest, EscapesLabels) {
  MetricsWriter writer;
  writer.AddGauge("velourfog_x", "X.", {{"name", "a\"b\\c\nd"}}, 1);
  EXPECT_THAT(writer.Text(), HasSubstr("{name=\"a\\\"b\\\\c\\nd\"}"));
}

TEST(MetricsTest, AddsUpHistogramsOfAllThreads) {
  LatencyHistogram one;
  LatencyHistogram two;
  one.Observe(50'000);       // on the first bound: inside
  one.Observe(-5);           // a clock that went back counts as 0
  two.Observe(300'000'000);  // 0.3 s
  two.Observe(60'000'000'000);
  MetricsWriter writer;
  writer.AddHistogram("velourfog_t_seconds", "T.", {{"op", "get"}}, {&one, &two});
  const std::string text = writer.Text();
  EXPECT_THAT(text, HasSubstr("velourfog_t_seconds_bucket{op=\"get\",le=\"5e-05\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("velourfog_t_seconds_bucket{op=\"get\",le=\"0.25\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("velourfog_t_seconds_bucket{op=\"get\",le=\"0.5\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("velourfog_t_seconds_bucket{op=\"get\",le=\"10\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("velourfog_t_seconds_bucket{op=\"get\",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("velourfog_t_seconds_count{op=\"get\"} 4\n"));
}

}  // namespace
}  // namespace vf
