// Jobs in processes of their own, and what is said at a crash.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <map>
#include <string>

#include "base/check.h"
#include "tools/cluster-sim/main_crash.h"
#include "tools/cluster-sim/main_jobs.h"

namespace vf::sim {
namespace {

std::map<std::uint64_t, JobOutcome> RunAll(const JobsConfig& config,
                                           const std::function<std::string(std::uint64_t)>& job,
                                           JobsEnd* end = nullptr) {
  std::map<std::uint64_t, JobOutcome> outcomes;
  const JobsEnd reached = RunJobs(
      config, job,
      [&](const JobOutcome& outcome) {
        EXPECT_TRUE(outcomes.emplace(outcome.number, outcome).second);
      },
      [](std::uint64_t) {});
  EXPECT_EQ(reached.ran, outcomes.size());
  if (end != nullptr) *end = reached;
  return outcomes;
}

TEST(JobsTest, EachRunsOnceAndItsTextComesBack) {
  JobsConfig config;
  config.first = 3;
  config.last = 30;
  config.at_once = 4;
  const auto outcomes = RunAll(config, [](std::uint64_t number) {
    return "number " + std::to_string(number) + "\nwith\x1d" + std::string(number * 500, 'x');
  });
  ASSERT_EQ(outcomes.size(), 28u);
  for (const auto& [number, outcome] : outcomes) {
    EXPECT_EQ(outcome.kind, JobOutcome::Kind::kDone);
    EXPECT_EQ(outcome.text,
              "number " + std::to_string(number) + "\nwith\x1d" + std::string(number * 500, 'x'));
  }
}

TEST(JobsTest, WhatCrashesTakesNothingAlongAndSaysWhy) {
  JobsConfig config;
  config.first = 0;
  config.last = 5;
  config.at_once = 2;
  const auto outcomes = RunAll(config, [](std::uint64_t number) -> std::string {
    VF_CHECK(number != 1, "not one");
    if (number == 2) std::raise(SIGKILL);
    if (number == 3) _exit(0);
    if (number == 4) throw std::runtime_error("thrown");
    std::fputs("a word on stderr\n", stderr);
    return "";
  });
  ASSERT_EQ(outcomes.size(), 6u);
  EXPECT_EQ(outcomes.at(0).kind, JobOutcome::Kind::kDone);
  EXPECT_EQ(outcomes.at(0).text, "");
  EXPECT_EQ(outcomes.at(5).kind, JobOutcome::Kind::kDone);
  for (const std::uint64_t number : {1U, 2U, 3U, 4U}) {
    EXPECT_EQ(outcomes.at(number).kind, JobOutcome::Kind::kCrashed) << number;
  }
  EXPECT_NE(outcomes.at(1).text.find("check failed"), std::string::npos) << outcomes.at(1).text;
  EXPECT_NE(outcomes.at(1).text.find("not one"), std::string::npos) << outcomes.at(1).text;
  EXPECT_EQ(outcomes.at(2).text, "signal 9");
  EXPECT_EQ(outcomes.at(3).text, "exit status 0");
  EXPECT_NE(outcomes.at(4).text.find("thrown"), std::string::npos) << outcomes.at(4).text;
}

TEST(JobsTest, WhatTakesTooLongIsKilled) {
  JobsConfig config;
  config.first = 1;
  config.last = 2;
  config.at_once = 2;
  config.job_limit = milliseconds(300);
  const auto outcomes = RunAll(config, [](std::uint64_t number) -> std::string {
    if (number == 2) {
      for (;;) pause();  // No signal ends it but the one that kills.
    }
    return "done";
  });
  EXPECT_EQ(outcomes.at(1).kind, JobOutcome::Kind::kDone);
  EXPECT_EQ(outcomes.at(2).kind, JobOutcome::Kind::kTooLong);
  EXPECT_EQ(outcomes.at(2).text, "300ms");
}

TEST(JobsTest, NothingBeginsAfterTheTimeLimit) {
  JobsConfig config;
  config.first = 0;
  config.last = UINT64_MAX;
  config.time_limit = milliseconds(200);
  JobsEnd end;
  RunAll(
      config, [](std::uint64_t) { return std::string(); }, &end);
  EXPECT_GT(end.ran, 0u);
  EXPECT_EQ(end.signal, 0);
}

TEST(JobsTest, ASignalEndsAll) {
  JobsConfig config;
  config.last = 10;
  config.at_once = 3;
  const pid_t parent = getpid();
  JobsEnd end;
  const auto outcomes = RunAll(
      config,
      [parent](std::uint64_t) -> std::string {
        kill(parent, SIGTERM);
        for (;;) pause();
      },
      &end);
  EXPECT_EQ(end.signal, SIGTERM);
  EXPECT_TRUE(outcomes.empty());
}

TEST(CrashTest, ACheckThatFailsEndsWithTheLastWords) {
  EXPECT_EXIT(
      {
        SayAtCrash("run it again with 17\n");
        VF_CHECK(false, "planted");
      },
      testing::ExitedWithCode(127), "planted.*\n.*run it again with 17");
}

TEST(CrashTest, SoDoesAFaultOfMemory) {
  EXPECT_EXIT(
      {
        SayAtCrash("words\n");
        std::raise(SIGSEGV);
      },
      testing::ExitedWithCode(127), "words");
}

TEST(CrashTest, LongWordsAreCut) {
  EXPECT_EXIT(
      {
        SayAtCrash(std::string(100'000, 'x'));
        std::abort();
      },
      testing::ExitedWithCode(127), "xxx");
}

}  // namespace
}  // namespace vf::sim
