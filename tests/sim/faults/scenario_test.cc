#include "tools/cluster-sim/faults/scenario.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tools/cluster-sim/faults/repair.h"

namespace vf::sim {
namespace {

TEST(ScenarioTest, NamesAreDifferentAndFound) {
  EXPECT_EQ(AllScenarios().front().name, "swarm") << "the default comes first";
  std::set<std::string_view> names;
  for (const Scenario& scenario : AllScenarios()) {
    EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
    EXPECT_EQ(ScenarioNamed(scenario.name), &scenario);
    EXPECT_FALSE(scenario.description.empty()) << scenario.name;
    EXPECT_EQ(scenario.description.find('\n'), std::string_view::npos) << scenario.name;
  }
  EXPECT_EQ(ScenarioNamed("storm"), nullptr);
}

TEST(ScenarioTest, EveryOneIsValidAtEverySize) {
  for (const Scenario& scenario : AllScenarios()) {
    for (const int nodes : {1, 2, 3, 5, 31, 1000}) {
      if (nodes < scenario.least_nodes) continue;
      for (const Duration duration :
           {Duration(kLeastPhase), Duration(seconds(60)), Duration(hours(1))}) {
        for (const int replicas : {1, 3, 7}) {
          const RunSpec spec =
              scenario.make(7, {.nodes = nodes, .replicas = replicas, .duration = duration});
          EXPECT_EQ(ValidateRunSpec(spec).message(), "") << scenario.name << " " << nodes;
          EXPECT_EQ(spec.scenario, scenario.name);
          EXPECT_EQ(spec.seed, 7u);
          EXPECT_EQ(spec.nodes, nodes);
          EXPECT_EQ(spec.replicas, replicas);
          EXPECT_EQ(spec.duration, duration);
        }
      }
    }
  }
}

TEST(ScenarioTest, TheUsualOnesAreValid) {
  for (const Scenario& scenario : AllScenarios()) {
    EXPECT_EQ(ValidateRunSpec(scenario.make(1, {})).message(), "") << scenario.name;
  }
}

TEST(ScenarioTest, DescriptionsSayWhatIsNotRepaired) {
  for (const Scenario& scenario : AllScenarios()) {
    const bool says = scenario.description.find("some repair is missing") != std::string::npos;
    EXPECT_EQ(MissingRepair(scenario.make(1, {})).empty(), !says)
        << scenario.name << ": " << MissingRepair(scenario.make(1, {}));
  }
}

TEST(ScenarioTest, EveryKindOfFaultIsInSome) {
  std::set<FaultKind> seen;
  for (const Scenario& scenario : AllScenarios()) {
    if (scenario.name == "swarm") continue;
    for (const FaultEvent& fault : scenario.make(1, {}).faults) seen.insert(fault.kind);
  }
  for (const FaultTraits& traits : AllFaults()) {
    EXPECT_TRUE(seen.contains(traits.kind)) << traits.name << " is in no named scenario";
  }
}

TEST(ScenarioTest, RollingRestartTakesEveryNodeOnce) {
  const RunSpec spec = ScenarioNamed("rolling-restart")->make(1, {.nodes = 7});
  std::set<int> restarted;
  for (const FaultEvent& fault : spec.faults) {
    ASSERT_EQ(fault.hosts.size(), 1u);
    EXPECT_TRUE(restarted.insert(fault.hosts[0]).second);
  }
  EXPECT_EQ(restarted.size(), 7u);
}

TEST(ScenarioTest, AbsencesLastFromAThirdToThreeTimesTheTombstoneAge) {
  const Scenario& scenario = *ScenarioNamed("absences");
  std::set<int> lengths;  // in tenths of the age
  std::set<FaultKind> kinds;
  bool both_sides = false;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const RunSpec spec = scenario.make(seed, {});
    EXPECT_EQ(spec.tombstone_age, Duration(hours(1)));
    both_sides = both_sides || spec.workload.in_cuts;
    bool away = false;
    for (const FaultEvent& fault : spec.faults) {
      kinds.insert(fault.kind);
      if (fault.kind != FaultKind::kCut && fault.kind != FaultKind::kPause) continue;
      away = true;
      const auto tenths = static_cast<int>(fault.lasts * 10 / spec.tombstone_age);
      EXPECT_TRUE(tenths >= 3 && tenths <= 30) << tenths;
      lengths.insert(tenths);
    }
    EXPECT_TRUE(away) << seed;
  }
  EXPECT_GE(lengths.size(), 25u);
  EXPECT_EQ(kinds, (std::set{FaultKind::kRestart, FaultKind::kPause, FaultKind::kJoin,
                             FaultKind::kCut, FaultKind::kClockOffset}));
  EXPECT_TRUE(both_sides);
  EXPECT_EQ(scenario.make(1, {.duration = minutes(10)}).tombstone_age, Duration(minutes(2)));
}

}  // namespace
}  // namespace vf::sim
