#include "tools/cluster-sim/faults/scenario_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tools/cluster-sim/faults/fault_kind.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/scenario.h"

namespace vf::sim {
namespace {

using testing::ElementsAre;

absl::StatusOr<RunSpec> Parse(std::string_view text, const SwarmLimits& limits = {}) {
  return ParseScenario(text, "a file", 1, limits);
}

TEST(ScenarioFileTest, AnEmptyObjectIsTheDefaultRun) {
  const auto spec = Parse("{}");
  ASSERT_TRUE(spec.ok()) << spec.status();
  RunSpec defaults;
  defaults.scenario = "a file";
  EXPECT_EQ(ScenarioText(*spec), ScenarioText(defaults));
}

TEST(ScenarioFileTest, EveryFieldIsRead) {
  const auto spec = Parse(R"({
    // Comments are welcome.
    "name": "mine", "description": "for people",
    "nodes": 4, "controllers": 2, "frontends": 1, "replicas": 2, "partition_digits": 2,
    "min_acks": 1, "start": "warm", "duration": "30s", "converge_within": "2m",
    "network": {"latency": {"median": "1ms", "p99": "5ms"}, "zones": 2,
                "between_zones": {"median": "10ms", "p99": "20ms"},
                "loss": 0.01, "duplicate": 0.02, "reorder": 0.03},
    "workload": {"clients": 3, "operations_per_s": 7.5, "unique_writes": 0.1, "overwrites": 0.2,
                 "deletes": 0.3, "hot_keys": 5, "max_value_bytes": 100, "in_cuts": true},
    "faults": [
      {"kind": "pause", "at": "5s", "lasts": "250ms", "hosts": ["node-3", "controller-1"]},
      {"kind": "clock-jump", "at": "1.5s", "hosts": ["frontend-0"], "strength": -12.5}
    ]})");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->scenario, "mine");
  EXPECT_EQ(spec->nodes, 4);
  EXPECT_EQ(spec->controllers, 2);
  EXPECT_EQ(spec->frontends, 1);
  EXPECT_EQ(spec->replicas, 2);
  EXPECT_EQ(spec->partition_digits, 2);
  EXPECT_EQ(spec->min_acks, 1);
  EXPECT_EQ(spec->start, StartKind::kWarm);
  EXPECT_EQ(spec->duration, Duration(seconds(30)));
  EXPECT_EQ(spec->converge_within, Duration(seconds(120)));
  EXPECT_EQ(spec->network.latency.median, Duration(milliseconds(1)));
  EXPECT_EQ(spec->network.latency.p99, Duration(milliseconds(5)));
  EXPECT_EQ(spec->network.zones, 2);
  EXPECT_EQ(spec->network.between_zones.median, Duration(milliseconds(10)));
  EXPECT_EQ(spec->network.between_zones.p99, Duration(milliseconds(20)));
  EXPECT_EQ(spec->network.loss, 0.01);
  EXPECT_EQ(spec->network.duplicate, 0.02);
  EXPECT_EQ(spec->network.reorder, 0.03);
  EXPECT_EQ(spec->workload.clients, 3);
  EXPECT_EQ(spec->workload.operations_per_s, 7.5);
  EXPECT_EQ(spec->workload.unique_writes, 0.1);
  EXPECT_EQ(spec->workload.overwrites, 0.2);
  EXPECT_EQ(spec->workload.deletes, 0.3);
  EXPECT_EQ(spec->workload.hot_keys, 5);
  EXPECT_EQ(spec->workload.max_value_bytes, 100);
  EXPECT_TRUE(spec->workload.in_cuts);
  ASSERT_EQ(spec->faults.size(), 2u);
  EXPECT_EQ(spec->faults[0].kind, FaultKind::kPause);
  EXPECT_EQ(spec->faults[0].at, Duration(seconds(5)));
  EXPECT_EQ(spec->faults[0].lasts, Duration(milliseconds(250)));
  EXPECT_THAT(spec->faults[0].hosts, ElementsAre(3, 5));
  EXPECT_EQ(spec->faults[1].strength, -12.5);
  EXPECT_THAT(spec->faults[1].hosts, ElementsAre(6));
}

TEST(ScenarioFileTest, ReadsWhatItWrites) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const std::string text = ScenarioText(DrawSwarm(seed, {}));
    const auto again = Parse(text);
    ASSERT_TRUE(again.ok()) << again.status() << "\n" << text;
    EXPECT_EQ(ScenarioText(*again), text);
  }
  for (const Scenario& scenario : AllScenarios()) {
    const std::string text = ScenarioText(scenario.make(1, {}));
    const auto again = Parse(text);
    ASSERT_TRUE(again.ok()) << again.status() << "\n" << text;
    EXPECT_EQ(ScenarioText(*again), text);
  }
}

TEST(ScenarioFileTest, LimitsWinBeforeHostsAreLookedUp) {
  const std::string text =
      R"({"nodes": 3, "faults": [{"kind": "process-crash", "at": "9s", "hosts": ["node-4"]}]})";
  EXPECT_FALSE(Parse(text).ok());
  const auto larger = Parse(text, {.nodes = 5, .replicas = 2, .duration = seconds(10)});
  ASSERT_TRUE(larger.ok()) << larger.status();
  EXPECT_EQ(larger->nodes, 5);
  EXPECT_EQ(larger->replicas, 2);
  EXPECT_EQ(larger->duration, Duration(seconds(10)));
  EXPECT_FALSE(Parse(text, {.nodes = 5, .replicas = 2, .duration = seconds(9)}).ok());
}

struct Mistake {
  std::string text;
  std::string says;
};

TEST(ScenarioFileTest, EveryMistakeIsOneLineThatNamesThePlaceAndWhatIsRight) {
  const std::vector<Mistake> mistakes = {
      {"", "line 1, column 1: this is no JSON"},
      {"{\n  \"nodes\": 5\n  \"replicas\": 3\n}", "line 3, column"},
      {"{} {}", "line 1, column 4: this is no JSON"},
      {"[]", "the file: is array; must be an object"},
      {"5", "the file: is number; must be an object"},
      {R"({"nods": 5})", "nods: there is no such field; did you mean nodes?"},
      {R"({"colour": 5})", "colour: there is no such field; there are name, description, nodes"},
      {R"({"seed": 5})", "seed: there is no such field; there are name"},
      {R"({"nodes": 5, "nodes": 6})",
       R"("nodes": is there twice in one object; must be there once)"},
      {R"({"nodes": "5"})", R"(nodes: "5"; must be a whole number)"},
      {R"({"nodes": 5.5})", "nodes: 5.5; must be a whole number"},
      {R"({"nodes": 1e99})", "nodes: 1e+99; must be a whole number"},
      {R"({"nodes": 99999999999})", "nodes: 99999999999; must be a whole number"},
      {R"({"nodes": -99999999999})", "nodes: -99999999999; must be a whole number"},
      {R"({"nodes": 0})", "nodes: 0; must be a whole number, 1 to 2000"},
      {R"({"nodes": null})", "nodes: null; must be a whole number"},
      {R"({"name": 5})", "name: 5; must be a text"},
      {R"({"start": "hot"})", R"(start: "hot"; must be "cold" or "warm")"},
      {R"({"duration": 60})", R"(duration: 60; must be a duration in quotes, as "250ms")"},
      {R"({"duration": "60"})", R"(duration: "60"; must be a duration in quotes)"},
      {R"({"duration": "1s"})", "duration: 1s; must be 5s to 86400s"},
      {R"({"network": 5})", "network: is number; must be an object"},
      {R"({"network": {"loss": 1.5}})", "network.loss: 1.5; must be 0 to 1"},
      {R"({"network": {"loss": true}})", "network.loss: true; must be a number"},
      {R"({"network": {"los": 1}})", "network.los: there is no such field; did you mean loss?"},
      {R"({"network": {"latency": {"p99": "1us"}}})", "network.latency.p99: 1us; must be 150us"},
      {R"({"workload": {"reads": 1}})",
       "workload.reads: there is no such field; there are clients"},
      {R"({"faults": {}})", "faults: {}; must be a list"},
      {R"({"faults": [5]})", "faults[0]: is number; must be an object"},
      {R"({"faults": [{"at": "9s"}]})", "faults[0].kind: is missing; must be a fault's name"},
      {R"({"faults": [{"kind": "join"}]})", "faults[0].at: is missing; must be a moment"},
      {R"({"faults": [{"kind": "jion", "at": "9s"}]})",
       R"("jion" is no fault; did you mean "join"?)"},
      {R"({"faults": [{"kind": "fire", "at": "9s"}]})",
       R"("fire" is no fault; there are process-crash)"},
      {R"({"faults": [{"kind": 5, "at": "9s"}]})", "faults[0].kind: 5 is no fault"},
      {R"({"faults": [{"kind": "join", "at": "9s", "host": []}]})", "did you mean hosts?"},
      {R"({"faults": [{"kind": "leave", "at": "9s", "hosts": "node-0"}]})",
       "must be a list of hosts"},
      {R"({"faults": [{"kind": "leave", "at": "9s", "hosts": [0]}]})", "must be a list of hosts"},
      {R"({"faults": [{"kind": "leave", "at": "9s", "hosts": ["node-9"]}]})",
       R"(faults[0].hosts: there is no "node-9"; this cluster has 5 nodes)"},
      {R"({"faults": [{"kind": "leave", "at": "99s", "hosts": ["node-1"]}]})",
       "faults[0] (leave).at: not within the first phase"},
      {"{\"\xff\": 5}", "this is no JSON"},
      {std::string(100'000, '['), "nested too deeply"},
      {std::string(kMaxScenarioBytes + 1, ' '), "has more than"},
      {R"({"nodes": )" + std::string(100, '9') + "}", "must be a whole number"},
      {R"({"name": ""})", "scenario: no name"},
  };
  for (const Mistake& mistake : mistakes) {
    const auto spec = Parse(mistake.text);
    ASSERT_FALSE(spec.ok()) << mistake.says;
    const std::string text(spec.status().message());
    EXPECT_NE(text.find(mistake.says), std::string::npos) << text << "\nexpected: " << mistake.says;
    EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    EXPECT_LT(text.size(), 500u) << text;
  }
}

TEST(ScenarioFileTest, EveryNamedScenarioIsReadAsItIsShown) {
  for (const Scenario& scenario : AllScenarios()) {
    const std::string shown = ScenarioText(scenario.make(3, {}));
    const auto spec = Parse(shown);
    ASSERT_TRUE(spec.ok()) << scenario.name << ": " << spec.status();
    EXPECT_EQ(ScenarioText(*spec), shown);
  }
}

// Bytes that were changed at random are refused or read, and never crash.
TEST(ScenarioFileTest, DamagedFilesAreRefusedOrRead) {
  Rng rng(1);
  const std::string good = ScenarioText(DrawSwarm(5, {}));
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (std::uint64_t edits = 1 + rng.Uniform(4); edits > 0; --edits) {
      text[rng.Uniform(text.size())] = static_cast<char>(rng.Uniform(256));
    }
    const auto spec = Parse(text);
    if (spec.ok()) {
      EXPECT_EQ(ValidateRunSpec(*spec).message(), "");
    } else {
      ++refused;
      EXPECT_EQ(spec.status().message().find('\n'), absl::string_view::npos) << text;
    }
  }
  EXPECT_GT(refused, 1000);
}

std::string ReadText(const std::string& path) {
  std::ifstream file(std::string(VF_SOURCE_DIR) + "/" + path);
  EXPECT_TRUE(file.is_open()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(ScenarioFileTest, TheExampleIsValidAndInTheGuide) {
  const std::string example = ReadText("tools/cluster-sim/scenarios/example.json");
  const auto spec = Parse(example);
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_GE(spec->faults.size(), 3u);
  EXPECT_NE(ReadText("docs/simulator.md").find(example), std::string::npos)
      << "docs/simulator.md shows tools/cluster-sim/scenarios/example.json, word for word";
}

}  // namespace
}  // namespace vf::sim
