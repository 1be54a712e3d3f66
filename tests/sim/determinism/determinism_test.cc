// Equal specs give equal runs: twice in one process, and in builds that optimise differently.
//
// The trace hashes go into trace_hashes.txt of the build folder; tools/test.sh --full compares
// those of two presets.
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run.h"

namespace vf::sim {
namespace {

// Swarm runs of all sizes, some with clients and some without.
std::vector<RunSpec> Specs() {
  std::vector<RunSpec> specs;
  SwarmLimits limits;
  limits.duration = seconds(20);
  for (std::uint64_t seed = 1; seed <= 8; ++seed) specs.push_back(DrawSwarm(seed, limits));
  return specs;
}

std::string LineOf(const RunResult& result) {
  std::string line = "seed " + std::to_string(result.spec.seed);
  line += " trace " + std::to_string(result.trace_hash);
  line += " events " + std::to_string(result.events);
  line += " acked " + std::to_string(result.writes_acked);
  line += " reads " + std::to_string(result.reads);
  line += " violations " + std::to_string(result.violations.size());
  return line;
}

TEST(DeterminismTest, EqualSpecsGiveEqualRuns) {
  std::ofstream file(VF_TRACE_HASHES);
  for (const RunSpec& spec : Specs()) {
    const std::string first = LineOf(RunCluster(spec));
    const std::string second = LineOf(RunCluster(spec));
    EXPECT_EQ(first, second);
    file << first << "\n";
  }
  file.close();
  EXPECT_TRUE(file.good()) << VF_TRACE_HASHES;
}

TEST(DeterminismTest, AnotherSeedIsAnotherRun) {
  RunSpec spec = Specs().front();
  const RunResult first = RunCluster(spec);
  spec.seed += 1000;
  EXPECT_NE(first.trace_hash, RunCluster(spec).trace_hash);
}

}  // namespace
}  // namespace vf::sim
