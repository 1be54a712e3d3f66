#include "tools/cluster-sim/membership/measurement.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

constexpr TimePoint kFault{seconds(10)};

TimePoint After(int ms) { return kFault + milliseconds(ms); }

MembershipResult Result(MembershipFault fault, const MeasurementSummary& summary) {
  MembershipResult result;
  result.spec.fault = fault;
  summary.WriteTo(result);
  return result;
}

TEST(MeasurementTest, AllAreTheLivingOthers) {
  TrialMeasurement trial(kFault, {1}, 4, {1});
  trial.Learned(After(100), News::kDead, 0, 1);
  trial.Learned(After(150), News::kDead, 1, 1);  // the dead tell nothing
  trial.Learned(After(200), News::kDead, 2, 1);
  EXPECT_FALSE(trial.AllKnow(News::kDead));
  EXPECT_EQ(trial.Times(News::kDead, 0).all, std::nullopt);
  trial.Learned(After(300), News::kDead, 3, 1);
  EXPECT_TRUE(trial.AllKnow(News::kDead));
  EXPECT_EQ(trial.Times(News::kDead, 0).first, milliseconds(100));
  EXPECT_EQ(trial.Times(News::kDead, 0).all, milliseconds(300));
}

TEST(MeasurementTest, OnlyTheFirstTimeCountsAndOnlyAfterTheFault) {
  TrialMeasurement trial(kFault, {0}, 2, {0});
  trial.Learned(kFault - milliseconds(1), News::kSuspect, 1, 0);
  EXPECT_FALSE(trial.AllKnow(News::kSuspect));
  trial.Learned(After(5), News::kSuspect, 1, 0);
  trial.Learned(After(9), News::kSuspect, 1, 0);
  EXPECT_EQ(trial.Times(News::kSuspect, 0).all, milliseconds(5));
}

TEST(MeasurementTest, WhoHearsOfADeathSuspectsToo) {
  TrialMeasurement trial(kFault, {0}, 3, {0});
  trial.Learned(After(5), News::kSuspect, 1, 0);
  trial.Learned(After(7), News::kDead, 1, 0);
  trial.Learned(After(8), News::kDead, 2, 0);
  EXPECT_EQ(trial.Times(News::kSuspect, 0).first, milliseconds(5));
  EXPECT_EQ(trial.Times(News::kSuspect, 0).all, milliseconds(8));
  EXPECT_FALSE(trial.AllKnow(News::kVisible));
}

TEST(MeasurementTest, JoinersWatchEachOther) {
  TrialMeasurement trial(kFault, {3, 2}, 4, {});
  for (const std::uint32_t subject : {2U, 3U}) {
    for (const std::uint32_t observer : {0U, 1U}) {
      trial.Learned(After(10), News::kVisible, observer, subject);
    }
  }
  EXPECT_FALSE(trial.AllKnow(News::kVisible));
  trial.Learned(After(20), News::kVisible, 2, 3);
  trial.Learned(After(30), News::kVisible, 3, 2);
  EXPECT_TRUE(trial.AllKnow(News::kVisible));
}

TEST(MeasurementTest, NinetyNinePercentOfManyIsNotAll) {
  TrialMeasurement trial(kFault, {0}, 201, {0});
  for (std::uint32_t observer = 1; observer <= 200; ++observer) {
    trial.Learned(After(static_cast<int>(observer)), News::kDead, observer, 0);
  }
  EXPECT_EQ(trial.Times(News::kDead, 0).at_99pct, milliseconds(198));
  EXPECT_EQ(trial.Times(News::kDead, 0).all, milliseconds(200));
}

TEST(MeasurementTest, OneSubjectThatIsNeverKnownLeavesNoFigure) {
  MeasurementSummary summary;
  TrialMeasurement seen(kFault, {0}, 2, {0});
  seen.Learned(After(1000), News::kDead, 1, 0);
  summary.Add(seen);
  EXPECT_EQ(Result(MembershipFault::kHostCrash, summary).dead.all->max, 1.0);
  summary.Add(TrialMeasurement(kFault, {0}, 2, {0}));
  const MembershipResult result = Result(MembershipFault::kHostCrash, summary);
  EXPECT_FALSE(result.dead.all.has_value());
  EXPECT_FALSE(result.visible.all.has_value());
}

TEST(MeasurementTest, QuantilesAreValuesThatOccurred) {
  std::vector<double> sorted;
  for (int i = 1; i <= 200; ++i) sorted.push_back(i);
  EXPECT_EQ(NearestRank(sorted, 50), 100);
  EXPECT_EQ(NearestRank(sorted, 99), 198);
  EXPECT_EQ(NearestRank({7}, 50), 7);
}

TEST(MeasurementTest, TrafficIsByNodeAndSecond) {
  MeasurementSummary summary;
  summary.AddTraffic({{100, 1}, {300, 3}}, seconds(2));
  const MembershipResult result = Result(MembershipFault::kNone, summary);
  EXPECT_EQ(result.tx_bytes_per_node_s_mean, 100);
  EXPECT_EQ(result.tx_bytes_per_node_s_p99, 150);
  EXPECT_EQ(result.tx_packets_per_node_s, 1);
}

}  // namespace
}  // namespace vf::sim
