#include "tools/cluster-sim/run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tools/cluster-sim/faults/fault_kind.h"

namespace vf::sim {
namespace {

RunSpec Small(std::uint64_t seed) {
  RunSpec spec;
  spec.seed = seed;
  spec.nodes = 3;
  spec.duration = seconds(10);
  spec.workload.clients = 4;
  return spec;
}

std::string Complaints(const RunResult& result) {
  std::string text;
  for (const Violation& violation : result.violations) {
    text += violation.checker + ": " + violation.text + "\n";
  }
  return text;
}

RunSpec WithFault(RunSpec spec, FaultKind kind, Duration lasts, std::vector<int> hosts,
                  double strength = 0) {
  spec.faults.push_back({seconds(3), lasts, kind, std::move(hosts), strength});
  return spec;
}

TEST(RunTest, ACalmClusterServesItsClientsAndComesToRest) {
  const RunResult result = RunCluster(Small(1));
  EXPECT_TRUE(result.converged);
  EXPECT_EQ(Complaints(result), "");
  EXPECT_GT(result.writes_acked, 500U);
  EXPECT_GT(result.reads, 500U);
  EXPECT_EQ(result.writes_unknown, 0U);
  EXPECT_EQ(result.reads_failed, 0U);
  EXPECT_EQ(result.divergence_final, 0U);
  EXPECT_GT(result.virtual_time, seconds(10));
}

TEST(RunTest, ProcessesShowWritesThatMet) {
  RunSpec spec = Small(4);
  spec.workload.operations_per_s *= 10;
  spec.workload.hot_keys = 1;
  const RunResult result = RunCluster(spec);
  EXPECT_EQ(Complaints(result), "");
  EXPECT_GT(result.conflicts, 0U);
}

TEST(RunTest, EqualSpecsGiveEqualRuns) {
  const RunSpec spec = WithFault(Small(2), FaultKind::kRestart, seconds(2), {1});
  const RunResult first = RunCluster(spec);
  const RunResult second = RunCluster(spec);
  EXPECT_EQ(first.trace_hash, second.trace_hash);
  EXPECT_EQ(first.events, second.events);
  EXPECT_EQ(first.writes_acked, second.writes_acked);
  EXPECT_NE(first.trace_hash, RunCluster(Small(3)).trace_hash);
}

// The same on every machine, in every build. They change with whatever changes what processes say
// or when (the protocols, their knobs, the simulator): write the new numbers here then.
TEST(RunTest, GivesTheGoldenTraces) {
  EXPECT_EQ(RunCluster(Small(11)).trace_hash, 6192887265347725499U);
  RunSpec spec = WithFault(Small(12), FaultKind::kRestart, seconds(2), {1});
  spec.network.zones = 2;
  spec.network.duplicate = spec.network.reorder = 0.02;
  EXPECT_EQ(RunCluster(spec).trace_hash, 12582790473050620722U);
}

TEST(RunTest, AWarmStartServesAtOnce) {
  RunSpec spec = Small(4);
  spec.start = StartKind::kWarm;
  spec.keep_history = true;
  const RunResult result = RunCluster(spec);
  EXPECT_TRUE(result.converged);
  EXPECT_EQ(Complaints(result), "");
  EXPECT_LT(result.history.workload_began, 1'000'000'000);
}

TEST(RunTest, ProgressIsToldEverySecondOfVirtualTime) {
  std::vector<Duration> told;
  RunCluster(Small(5), [&](Duration passed, std::uint64_t) { told.push_back(passed); });
  ASSERT_GT(told.size(), 10U);
  EXPECT_EQ(told[0], seconds(1));
  EXPECT_EQ(told[9], seconds(10));
}

TEST(RunTest, AClusterThatNeverServesIsAViolation) {
  RunSpec spec = Small(6);
  spec.network.loss = 1;
  const RunResult result = RunCluster(spec);
  ASSERT_EQ(result.violations.size(), 1U);
  EXPECT_EQ(result.violations[0].checker, "start");
}

// Every kind of fault strikes, is undone, and leaves a cluster whose members agree in the end.
class RunWithFaultTest : public testing::TestWithParam<FaultKind> {};

TEST_P(RunWithFaultTest, StrikesAndHeals) {
  const FaultTraits& traits = TraitsOf(GetParam());
  RunSpec spec = Small(7);
  spec.nodes = 4;
  spec.keep_history = true;
  // Node 2, which clients leave alone then; packets of a run without any may find none to disturb.
  std::vector<int> hosts;
  if (traits.takes_hosts) hosts = {2};
  if (GetParam() == FaultKind::kFrontendCrash) hosts = {5};
  double strength = 0;
  if (!traits.strength.empty()) strength = std::min(traits.most, std::max(traits.least, 0.5));
  const Duration lasts = traits.lasts ? milliseconds(1500) : Duration(0);
  const RunResult result = RunCluster(WithFault(spec, GetParam(), lasts, hosts, strength));
  ASSERT_EQ(result.history.faults.size(), 1U);
  const FaultRecord& record = result.history.faults[0];
  EXPECT_GT(record.struck, 0U);
  EXPECT_EQ(record.to - record.from, lasts.count());
  // What is not repaired in data yet may keep owners apart; members find together.
  if (traits.data_repaired) {
    EXPECT_TRUE(result.converged);
  }
  const std::vector<FinalView>& views = result.history.final_views;
  ASSERT_FALSE(views.empty());
  for (const FinalView& view : views) {
    EXPECT_EQ(view.alive.size(), views.size()) << "process " << view.process;
    EXPECT_EQ(view.view_hash, views[0].view_hash) << "process " << view.process;
  }
}

std::vector<FaultKind> AllKinds() {
  std::vector<FaultKind> kinds;
  for (const FaultTraits& traits : AllFaults()) kinds.push_back(traits.kind);
  return kinds;
}

std::string NameOf(const testing::TestParamInfo<FaultKind>& info) {
  std::string name(TraitsOf(info.param).name);
  name.erase(std::remove(name.begin(), name.end(), '-'), name.end());
  return name;
}

INSTANTIATE_TEST_SUITE_P(AllFaults, RunWithFaultTest, testing::ValuesIn(AllKinds()), NameOf);

}  // namespace
}  // namespace vf::sim
