#include "tools/cluster-sim/report/run_text.h"

#include <gtest/gtest.h>

#include "tests/sim/report/sample_run.h"

namespace vf::sim {
namespace {

TEST(RunTextTest, NumbersAreEasyToRead) {
  EXPECT_EQ(CountText(0), "0");
  EXPECT_EQ(CountText(999), "999");
  EXPECT_EQ(CountText(1000), "1,000");
  EXPECT_EQ(CountText(1'234'567), "1,234,567");
  EXPECT_EQ(SecondsText(0), "0 s");
  EXPECT_EQ(SecondsText(1'500'000'000), "1.5 s");
  EXPECT_EQ(SecondsText(12'034'000'000), "12.034 s");
  EXPECT_EQ(SecondsText(-1'500'000'000), "-1.5 s");
}

TEST(RunTextTest, OutcomesNameWhatFailed) {
  RunResult run;
  run.converged = true;
  EXPECT_EQ(OutcomeText(run), "fine");
  run.converged = false;
  EXPECT_EQ(OutcomeText(run), "did not converge within 120s");
  run.unrest = "owners differ";
  EXPECT_EQ(OutcomeText(run), "did not converge within 120s: owners differ");
  run.unrest.clear();
  run.violations = {{"b", "", 0, "", {}}, {"a", "", 0, "", {}}, {"b", "", 0, "", {}}};
  EXPECT_EQ(OutcomeText(run), "3 violations: a, b (2); did not converge within 120s");
}

TEST(RunTextTest, JoinsSayWhatTheyMoved) {
  RunResult run;
  EXPECT_EQ(JoinsText(run), "");
  run.joins = {{"joined-0", 5, 1234, 1200}, {"joined-1", 6, 0, 0}};
  EXPECT_EQ(JoinsText(run),
            "joined-0 had moved 1,234 bytes for a share of 1,200; "
            "joined-1 had moved 0 bytes for a share of 0");
  run.joins.resize(11, run.joins[1]);
  EXPECT_NE(JoinsText(run).find(" and 3 more"), std::string::npos);
}

TEST(RunTextTest, FaultsNameTheirHosts) {
  RunSpec spec;
  EXPECT_EQ(FaultText(spec, {seconds(12), milliseconds(500), FaultKind::kPause, {1, 5}, 0}),
            "pause of node-1, controller-0 at 12 s for 0.5 s");
  EXPECT_EQ(FaultText(spec, {seconds(1), seconds(2), FaultKind::kLoss, {}, 0.05}),
            "loss 0.05 at 1 s for 2 s");
  EXPECT_EQ(FaultText(spec, {seconds(1), Duration(0), FaultKind::kJoin, {}, 0}), "join at 1 s");
  spec.nodes = 100;
  FaultEvent many{seconds(1), Duration(0), FaultKind::kHostCrash, {}, 0};
  for (int host = 0; host < 50; ++host) many.hosts.push_back(host);
  EXPECT_NE(FaultText(spec, many).find("node-7 and 42 more at 1 s"), std::string::npos);
}

}  // namespace
}  // namespace vf::sim
