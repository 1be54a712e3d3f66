#include "tools/cluster-sim/membership/false_alarms.h"

#include <gtest/gtest.h>

namespace vf::sim {
namespace {

constexpr TimePoint kStart{seconds(10)};
constexpr FalseAlarms::Truth kFine{};
constexpr FalseAlarms::Truth kDead{false, false, true};

using Belief = MemberBelief;

TEST(FalseAlarmsTest, TruthIsNoAlarm) {
  FalseAlarms alarms;
  alarms.OnBelief(kStart, 0, 1, Belief::kAlive, Belief::kSuspect, kDead);
  alarms.OnBelief(kStart, 0, 1, Belief::kSuspect, Belief::kDead, kDead);
  EXPECT_EQ(alarms.suspicions() + alarms.deaths() + alarms.fp(), 0U);
}

TEST(FalseAlarmsTest, ASuspicionThatIsTakenBackHasLasted) {
  FalseAlarms alarms;
  alarms.OnBelief(kStart, 0, 1, Belief::kAlive, Belief::kSuspect, kFine);
  alarms.OnBelief(kStart, 2, 1, Belief::kAlive, Belief::kSuspect, kFine);
  alarms.OnBelief(kStart + seconds(3), 0, 1, Belief::kSuspect, Belief::kAlive, kFine);
  EXPECT_EQ(alarms.suspicions(), 2U);
  EXPECT_EQ(alarms.refuted(), std::vector<Duration>{seconds(3)});
}

TEST(FalseAlarmsTest, WhoDiesOfItIsNotTakenBack) {
  FalseAlarms alarms;
  alarms.OnBelief(kStart, 0, 1, Belief::kAlive, Belief::kSuspect, kFine);
  alarms.OnBelief(kStart + seconds(1), 0, 1, Belief::kSuspect, Belief::kDead, kFine);
  alarms.OnBelief(kStart + seconds(2), 0, 1, Belief::kDead, Belief::kAlive, kFine);
  EXPECT_TRUE(alarms.refuted().empty());
  EXPECT_EQ(alarms.deaths(), 1U);
}

TEST(FalseAlarmsTest, DeathsCountByWhatIsTheMatterWithBoth) {
  FalseAlarms alarms;
  const auto die = [&alarms](const FalseAlarms::Truth& truth) {
    alarms.OnBelief(kStart, 0, 1, Belief::kAlive, Belief::kDead, truth);
  };
  die({true, false, true});  // stopped
  die({true, true, false});  // fine, but the observer was stopped
  die({true, true, true});
  EXPECT_EQ(alarms.deaths(), 3U);
  EXPECT_EQ(alarms.fp(), 2U);
  EXPECT_EQ(alarms.fp_healthy(), 1U);
}

TEST(FalseAlarmsTest, OnlyAHealthyMemberIsDegradedFalsely) {
  FalseAlarms alarms;
  alarms.OnDegraded({.runs = true, .fine = false, .observer_healthy = true});
  alarms.OnDegraded({.runs = true, .fine = true, .observer_healthy = false});
  alarms.OnDegraded({.runs = false, .fine = true, .observer_healthy = true});
  EXPECT_EQ(alarms.degraded(), 0U);
  alarms.OnDegraded({.runs = true, .fine = true, .observer_healthy = true});
  EXPECT_EQ(alarms.degraded(), 1U);
}

}  // namespace
}  // namespace vf::sim
