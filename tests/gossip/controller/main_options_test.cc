#include "gossip/controller/main_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vf {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

ParsedControllerOptions Parse(const std::vector<std::string>& args,
                              const Environment& environment = {}) {
  return ParseControllerOptions(args, environment);
}

TEST(ControllerOptionsTest, TakesWhatBothProgramsShare) {
  const auto parsed = Parse({"7000", "localhost:8000", "--cluster", "blue", "--replicas", "5"});
  ASSERT_EQ(parsed.outcome.kind, ParseOutcome::Kind::kRun) << parsed.outcome.text;
  EXPECT_EQ(parsed.options.port, 7000);
  EXPECT_EQ(parsed.options.contacts, (std::vector<HostPort>{{"localhost", 8000}}));
  EXPECT_EQ(parsed.options.cluster, "blue");
  EXPECT_EQ(parsed.options.replicas, 5);
}

TEST(ControllerOptionsTest, RefusesWhatOnlyVfnodeHas) {
  for (const char* option :
       {"--min-acks", "--frontend-only", "--threads", "--max-value-size", "--max-memory"}) {
    const auto outcome = Parse({"7000", option, "1"}).outcome;
    EXPECT_EQ(outcome.kind, ParseOutcome::Kind::kWrong);
    EXPECT_THAT(outcome.text, HasSubstr(std::string(option) + ": vfcontroller stores no keys"));
  }
}

TEST(ControllerOptionsTest, RefusesAContactOfAnotherFamilyThanTheOneBound) {
  const auto outcome = Parse({"7000", "[::1]:8000"}).outcome;
  EXPECT_EQ(outcome.kind, ParseOutcome::Kind::kWrong);
  EXPECT_THAT(outcome.text, HasSubstr("--bind ::"));
  EXPECT_EQ(Parse({"7000", "[::1]:8000", "--bind", "::"}).outcome.kind, ParseOutcome::Kind::kRun);
}

TEST(ControllerOptionsTest, LeavesVariablesOfVfnodeAlone) {
  const Environment environment = {{"VF_THREADS", "many"}, {"VF_FRONTEND_ONLY", "1"}};
  EXPECT_EQ(Parse({"7000"}, environment).outcome.kind, ParseOutcome::Kind::kRun);
}

TEST(ControllerOptionsTest, TakesItsFolderFromWhereverItStands) {
  EXPECT_EQ(Parse({"7000"}).options.data_dir, "");
  EXPECT_EQ(Parse({"7000", "--data-dir", "ctl"}).options.data_dir, "ctl");
  EXPECT_EQ(Parse({"7000"}, {{"VF_DATA_DIR", "/var/lib/ctl"}}).options.data_dir, "/var/lib/ctl");
  EXPECT_THAT(Parse({"7000", "--data-dir", ""}).outcome.text,
              HasSubstr("--data-dir: needs a value"));
  EXPECT_THAT(Parse({"--help"}).outcome.text, HasSubstr("--data-dir DIR"));
}

TEST(ControllerOptionsTest, RefusesOptionsOfLaterReleases) {
  EXPECT_THAT(Parse({"7000", "--fsync", "x"}).outcome.text, HasSubstr("--fsync"));
  EXPECT_THAT(Parse({"7000"}, {{"VF_FSYNC", "1"}}).outcome.text, HasSubstr("VF_FSYNC"));
}

TEST(ControllerOptionsTest, HelpShowsItsOwnUsageAndExamples) {
  const auto help = Parse({"--help"}).outcome;
  EXPECT_EQ(help.kind, ParseOutcome::Kind::kPrint);
  EXPECT_THAT(help.text, HasSubstr("Usage: vfcontroller PORT [HOST:PORT ...] [options]"));
  EXPECT_THAT(help.text, HasSubstr("vfnode 8000 localhost:7000"));
  EXPECT_THAT(help.text, Not(HasSubstr("--threads")));
}

}  // namespace
}  // namespace vf
