#include "tools/cluster-sim/checkers/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/checkers/made_history.h"

namespace vf::sim {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(JudgeTest, NamesEachChecker) {
  EXPECT_EQ(AllCheckers().size(), kCheckers);
  EXPECT_EQ(CheckerName(Checker::kAckedWrites), "acked_writes");
  EXPECT_EQ(CheckerName(Checker::kFaultsStruck), "faults_struck");
}

TEST(JudgeTest, LimitsViolationsAndCountsTheRest) {
  MadeHistory made;
  for (int i = 0; i < 30; ++i) {
    made.Write("a", 10, 1, 2).key = "k" + std::to_string(i);
  }
  JudgeSpec spec;
  spec.checkers = {Checker::kAckedWrites};
  const Verdict verdict = Judge(made.history, spec);
  ASSERT_EQ(verdict.violations.size(), 20U);
  EXPECT_EQ(verdict.violations.back().key, "k19");
  EXPECT_THAT(verdict.violations.back().text, EndsWith("(and 10 more)"));
}

TEST(JudgeTest, TracesTheEventsOfTheKeyNearTheViolation) {
  MadeHistory made;
  made.Start(1);
  made.Write("other", 10, 1, 2).key = "other";
  for (int i = 0; i < 100; ++i) {
    made.Write("v" + std::to_string(i), 100 + static_cast<std::uint64_t>(i), 2 + i * 0.5,
               2.1 + i * 0.5);
  }
  made.Fault("cut", 30, 31).text = "host 3";
  made.Read("v10", 110, 40, 40.5);
  JudgeSpec spec;
  spec.checkers = {Checker::kTrueReads};
  const Verdict verdict = Judge(made.history, spec);
  ASSERT_EQ(verdict.violations.size(), 1U);
  const std::vector<std::string>& trace = verdict.violations[0].trace;
  EXPECT_EQ(trace.size(), 60U);
  EXPECT_THAT(trace,
              ::testing::Contains(HasSubstr("30.000000s fault cut until 31.000000s: host 3")));
  EXPECT_THAT(trace, ::testing::Contains(HasSubstr("client 1 reads through process 0")));
  EXPECT_THAT(trace, ::testing::Not(::testing::Contains(HasSubstr("other"))));
  EXPECT_THAT(trace.back(), HasSubstr("events farther away"));
}

TEST(JudgeTest, AnEmptyHistoryFailsOnlyTheLoadGate) {
  for (const Violation& violation : Judge(History()).violations) {
    EXPECT_EQ(violation.checker, "load_gate");
  }
}

TEST(JudgeTest, EqualHistoriesGiveEqualVerdicts) {
  MadeHistory made;
  made.Write("a", 10, 1, 2);
  made.ReadNothing(3, 4);
  made.Sample(5, 1, Value("x", 3));
  const Verdict one = Judge(made.history);
  const Verdict two = Judge(made.history);
  ASSERT_EQ(one.violations.size(), two.violations.size());
  for (std::size_t i = 0; i < one.violations.size(); ++i) {
    EXPECT_EQ(one.violations[i].text, two.violations[i].text);
    EXPECT_EQ(one.violations[i].trace, two.violations[i].trace);
  }
}

}  // namespace
}  // namespace vf::sim
