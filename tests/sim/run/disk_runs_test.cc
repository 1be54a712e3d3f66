// Nodes that keep what they hold on disks are killed and come back with it: nothing acknowledged is
// lost, nothing that was deleted or has expired comes back, and nobody is told that a key is absent
// while those who have it are still away. A failure names the scenario and the seed.
#include <gtest/gtest.h>

#include <string>

#include "tools/cluster-sim/faults/scenario.h"
#include "tools/cluster-sim/run.h"

namespace vf::sim {
namespace {

void RunsWell(const char* scenario, std::uint64_t seed, Duration duration) {
  SCOPED_TRACE(std::string(scenario) + ", seed " + std::to_string(seed));
  SwarmLimits limits;
  limits.duration = duration;
  const RunResult result = RunCluster(ScenarioNamed(scenario)->make(seed, limits));
  for (const Violation& violation : result.violations) {
    ADD_FAILURE() << violation.checker << ": " << violation.text;
  }
  EXPECT_TRUE(result.converged) << result.unrest;
  EXPECT_EQ(result.divergence_final, 0U);
  EXPECT_EQ(result.excused_losses, 0U) << "a disk forgets nothing";
  EXPECT_GT(result.writes_acked, 1000U);
}

TEST(DiskRunsTest, NodesThatAreKilledComeBackWithWhatTheyHeld) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) RunsWell("disk-restarts", seed, minutes(4));
}

TEST(DiskRunsTest, AWholeClusterComesBackInAnyOrderAndLaterWithoutOne) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    RunsWell("whole-cluster-restarts", seed, minutes(6));
  }
}

}  // namespace
}  // namespace vf::sim
