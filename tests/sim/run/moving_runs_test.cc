// The named scenarios in which data moves while something goes wrong: nothing acknowledged is lost,
// nothing is invented or comes back, no read is wrong, and copies are equal a minute after the last
// fault. A failure names the scenario and the seed.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tools/cluster-sim/faults/scenario.h"
#include "tools/cluster-sim/run.h"

namespace vf::sim {
namespace {

// What a newcomer may be sent, for each byte of its share.
constexpr double kMostMoved = 1.1;
// Below that, single records that were written meanwhile decide.
constexpr std::uint64_t kShareToMeasure = 20'000;

RunSpec Named(const char* name, std::uint64_t seed, const SwarmLimits& limits = {}) {
  RunSpec spec = ScenarioNamed(name)->make(seed, limits);
  spec.keep_history = true;
  return spec;
}

RunResult RunWell(const RunSpec& spec) {
  SCOPED_TRACE(spec.scenario + ", seed " + std::to_string(spec.seed));
  RunResult result = RunCluster(spec);
  for (const Violation& violation : result.violations) {
    ADD_FAILURE() << violation.checker << ": " << violation.text;
  }
  EXPECT_TRUE(result.converged) << result.unrest;
  EXPECT_LE(result.converged_after, Duration(seconds(60)));
  EXPECT_EQ(result.divergence_final, 0U);
  EXPECT_EQ(result.excused_losses, 0U);
  EXPECT_GT(result.writes_acked, 1000U);
  return result;
}

std::size_t LivingNodes(const RunResult& result) {
  return result.history.final_views.at(0).alive.size() -
         static_cast<std::size_t>(result.spec.controllers + result.spec.frontends);
}

TEST(MovingRunsTest, ThreeNodesBecomeSixAndThreeWhileSomeAreKilled) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const RunResult result = RunWell(Named("grow-and-shrink", seed));
    EXPECT_EQ(LivingNodes(result), 3U);
    EXPECT_EQ(result.stale_reads, 0U);
    EXPECT_GE(result.joins.size(), 3U) << "one more where a newcomer was killed when it was ready";
  }
}

TEST(MovingRunsTest, ANewcomerIsSentHardlyMoreThanItsShare) {
  std::size_t measured = 0;
  for (const char* scenario : {"grow-and-shrink", "churn"}) {
    RunSpec spec = Named(scenario, 5);
    spec.workload.unique_writes = 0.6;  // Many keys, so that a share is worth measuring.
    spec.workload.overwrites = 0.1;
    spec.workload.max_value_bytes = 512;
    const RunResult result = RunWell(spec);
    for (const JoinFigures& join : result.joins) {
      if (join.share_bytes < kShareToMeasure) continue;
      ++measured;
      EXPECT_LE(static_cast<double>(join.moved_bytes),
                kMostMoved * static_cast<double>(join.share_bytes))
          << scenario << ", " << join.host;
    }
  }
  EXPECT_GE(measured, 6U);
}

TEST(MovingRunsTest, NoRequestFailsWhileNineNodesAreRestartedAsSafeToStopSays) {
  RunSpec spec = Named("safe-restarts", 1);
  ASSERT_EQ(spec.nodes, 9);
  // Those that ask for more copies than there are while a node is away may fail.
  spec.workload.quorum_reads = spec.workload.named_acks = 0;
  const RunResult result = RunWell(spec);
  EXPECT_EQ(result.history.faults.at(0).struck, 9U);
  EXPECT_EQ(result.history.faults.at(0).processes.size(), 18U);
  EXPECT_EQ(result.writes_unknown, 0U);
  EXPECT_EQ(result.reads_failed, 0U);
  EXPECT_EQ(result.stale_reads, 0U);
}

TEST(MovingRunsTest, AllButOneOfTheHoldersMayBeLostForGood) {
  for (const int replicas : {2, 3, 4}) {
    const RunSpec spec = Named("permanent-loss", 1, {.nodes = 6, .replicas = replicas});
    EXPECT_EQ(spec.faults.at(0).hosts.size(), static_cast<std::size_t>(replicas - 1));
    const RunResult result = RunWell(spec);
    EXPECT_EQ(LivingNodes(result), static_cast<std::size_t>(7 - replicas));
    EXPECT_EQ(result.stale_reads, 0U);
  }
}

// As parts of the run; the command runs the 4 h that it has by itself.
TEST(MovingRunsTest, BothSidesOfLongCutsAreKept) {
  RunWell(Named("long-cuts", 1, {.duration = minutes(15)}));
}

TEST(MovingRunsTest, WallClocksMayBeADayApart) {
  const RunResult result = RunWell(Named("clocks-of-a-day", 1));
  EXPECT_EQ(result.stale_reads, 0U);
}

TEST(MovingRunsTest, AllOfItMayHappenAtOnce) { RunWell(Named("all-at-once", 1)); }

}  // namespace
}  // namespace vf::sim
