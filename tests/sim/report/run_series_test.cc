#include "tools/cluster-sim/report/run_series.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/sim/report/sample_run.h"

namespace vf::sim {
namespace {

constexpr SimTime kSecond = 1'000'000'000;

Operation Op(OperationKind kind, SimTime began, SimTime ended, Outcome outcome) {
  Operation operation;
  operation.kind = kind;
  operation.began = began;
  operation.ended = ended;
  operation.outcome = outcome;
  return operation;
}

TEST(OperationSeriesTest, CountsByTheMomentOfTheBeginning) {
  History history;
  history.end = 3 * kSecond;
  history.operations = {
      Op(OperationKind::kWrite, 0, 2'000'000, Outcome::kOk),
      Op(OperationKind::kDelete, kSecond, kSecond + 4'000'000, Outcome::kOk),
      Op(OperationKind::kWrite, kSecond, kNotYet, Outcome::kUnknown),
      Op(OperationKind::kWrite, kSecond + 5, kSecond + 6, Outcome::kRefused),
      Op(OperationKind::kRead, 2 * kSecond, 2 * kSecond + 1'000'000, Outcome::kOk),
      Op(OperationKind::kLocalRead, 3 * kSecond - 1, 3 * kSecond, Outcome::kUnknown),
  };
  const OperationSeries series = MakeOperationSeries(history);
  EXPECT_EQ(series.slice, kSecond);
  EXPECT_EQ(series.writes_ok, (std::vector<std::uint64_t>{1, 1, 0, 0}));
  EXPECT_EQ(series.writes_unknown, (std::vector<std::uint64_t>{0, 1, 0, 0}));
  EXPECT_EQ(series.writes_refused, (std::vector<std::uint64_t>{0, 1, 0, 0}));
  EXPECT_EQ(series.reads_ok, (std::vector<std::uint64_t>{0, 0, 1, 0}));
  EXPECT_EQ(series.reads_failed, (std::vector<std::uint64_t>{0, 0, 1, 0}));
  EXPECT_EQ(series.write_p50_ms[1], 4);
  EXPECT_EQ(series.read_p99_ms[2], 1);
  EXPECT_EQ(series.read_p99_ms[0], 0);
}

TEST(OperationSeriesTest, LongRunsHaveLongerSlices) {
  History history;
  history.end = 24 * 3600 * kSecond;
  const OperationSeries series = MakeOperationSeries(history);
  EXPECT_LE(series.writes_ok.size(), kMostSlices + 1);
  EXPECT_EQ(series.slice % kSecond, 0);
}

TEST(LanesTest, ARestartGoesOnInTheLaneOfItsHost) {
  const RunResult run = SampleRun();
  const std::vector<Lane> lanes = MakeLanes(run);
  ASSERT_EQ(lanes.size(), 7u);
  const Lane& lane = lanes[2];
  EXPECT_EQ(lane.host, "node-2");
  ASSERT_EQ(lane.steps.size(), 5u);
  EXPECT_EQ(lane.steps[0].state, LaneState::kStarting);
  EXPECT_EQ(lane.steps[1].state, LaneState::kReady);
  EXPECT_EQ(lane.steps[2].state, LaneState::kGone);
  EXPECT_EQ(lane.steps[3].state, LaneState::kStarting);
  EXPECT_EQ(lane.steps[4].state, LaneState::kReady);
  ASSERT_EQ(lane.ends.size(), 1u);
  EXPECT_TRUE(lane.ends[0].crashed);
  ASSERT_FALSE(lane.doubts.empty());
  EXPECT_EQ(lane.doubts.back().dead_to, 0u) << "the new process is in no doubt";
  EXPECT_FALSE(lanes[3].ends.at(0).crashed);
}

TEST(LanesTest, APauseIsSeenAndDoubtsCountObservers) {
  const RunResult run = SampleRun();
  const Lane lane = MakeLanes(run)[1];
  ASSERT_EQ(lane.steps.size(), 4u);
  EXPECT_EQ(lane.steps[2].state, LaneState::kPaused);
  EXPECT_EQ(lane.steps[3].state, LaneState::kReady);
  std::uint32_t suspected = 0;
  std::uint32_t dead = 0;
  for (const Lane::Doubt& doubt : lane.doubts) {
    suspected = std::max(suspected, doubt.suspected_by);
    dead = std::max(dead, doubt.dead_to);
  }
  EXPECT_EQ(suspected, 6u);
  EXPECT_EQ(dead, 6u);
  EXPECT_EQ(lane.doubts.back().dead_to + lane.doubts.back().suspected_by, 0u);
}

TEST(LanesTest, BeliefsEndWithTheirObserver) {
  RunResult run;
  run.process_hosts = {"node-0", "node-1"};
  run.history.end = 10 * kSecond;
  run.history.lives = {{0, 0, LifeEvent::kStarted},
                       {0, 1, LifeEvent::kStarted},
                       {5 * kSecond, 0, LifeEvent::kCrashed}};
  run.history.beliefs = {{kSecond, 0, 1, BelievedState::kSuspect}};
  const std::vector<Lane> lanes = MakeLanes(run);
  ASSERT_EQ(lanes.size(), 2u);
  EXPECT_EQ(lanes[1].doubts.back().at, 5 * kSecond);
  EXPECT_EQ(lanes[1].doubts.back().suspected_by, 0u);
}

}  // namespace
}  // namespace vf::sim
