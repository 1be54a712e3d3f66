// Tests the simulator: each bug that base/planted_bug.h names is planted in turn, and the checker
// meant for it has to find it; the code without it passes the same runs.
//
// At first only the seed is tried that found the bug when somebody searched last; if it does no
// longer, those from 1 on.
//   VF_CANARY_SEARCH=1      search from 1 on at once, and print what the table should say
//   VF_CANARY_SEEDS=200     most seeds to search
//   VF_CANARY_JOBS=2        runs at a time; as many as there are processors if it is not set
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <thread>

#include "base/planted_bug.h"
#include "tests/sim/canary/canaries.h"
#include "tools/cluster-sim/main_jobs.h"
#include "tools/cluster-sim/run.h"

namespace vf::sim {
namespace {

std::uint64_t Setting(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t JobsAtOnce() {
  return std::max<std::uint64_t>(1, Setting("VF_CANARY_JOBS", std::thread::hardware_concurrency()));
}

// What a run found, a line for each checker that complained: "CHECKER: its first complaint".
std::string Complaints(PlantedBug bug, Shape shape, std::uint64_t seed) {
  planted_bug = bug;
  const RunResult result = RunCluster(ShapedSwarm(seed, shape));
  std::string complaints;
  if (!result.converged) complaints += std::string(kNotConverged) + ":\n";
  std::set<std::string> heard;
  for (const Violation& violation : result.violations) {
    if (!heard.insert(violation.checker).second) continue;
    complaints += violation.checker + ": " + violation.text.substr(0, 300) + "\n";
  }
  return complaints;
}

// By seed. A run that crashed or was killed says so, as if it were a checker.
using Runs = std::map<std::uint64_t, std::string>;

void Run(PlantedBug bug, Shape shape, std::uint64_t first, std::uint64_t last, Runs& runs) {
  JobsConfig config;
  config.first = first;
  config.last = last;
  config.at_once = static_cast<int>(JobsAtOnce());
  RunJobs(
      config, [&](std::uint64_t seed) { return Complaints(bug, shape, seed); },
      [&](const JobOutcome& outcome) {
        const bool done = outcome.kind == JobOutcome::Kind::kDone;
        runs[outcome.number] = done ? outcome.text : "ended: " + outcome.text + "\n";
      },
      [](std::uint64_t) {});
}

bool HasComplained(std::string_view checker, const std::string& complaints) {
  return ("\n" + complaints).find("\n" + std::string(checker) + ":") != std::string::npos;
}

// The lowest seed in [first, last] that finds it, or 0.
std::uint64_t Search(const Canary& canary, std::uint64_t first, std::uint64_t last, Runs& runs) {
  const std::uint64_t step = 2 * JobsAtOnce();
  for (std::uint64_t from = first; from <= last; from += step) {
    const std::uint64_t to = std::min(last, from + step - 1);
    Run(canary.bug, canary.shape, from, to, runs);
    for (std::uint64_t seed = from; seed <= to; ++seed) {
      if (HasComplained(canary.checker, runs[seed])) return seed;
    }
  }
  return 0;
}

// The code as it is passes these seeds. Each is run once, however many bugs it finds.
void ExpectNothingWithoutIt(Shape shape, std::uint64_t first, std::uint64_t last) {
  static std::map<Shape, Runs> all;
  Runs& runs = all[shape];
  std::uint64_t missing = first;
  while (missing <= last && runs.contains(missing)) ++missing;
  if (missing <= last) Run(PlantedBug::kNone, shape, missing, last, runs);
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    EXPECT_EQ(runs[seed], "") << "seed " << seed << ", without any planted bug";
  }
}

class CanaryTest : public testing::TestWithParam<Canary> {};

TEST_P(CanaryTest, IsFoundByTheCheckerMeantForIt) {
  const Canary& canary = GetParam();
  const std::string name(canary.name);
  const auto began = std::chrono::steady_clock::now();
  Runs runs;
  std::uint64_t first = canary.found_by;
  std::uint64_t found = 0;
  if (first != 0 && Setting("VF_CANARY_SEARCH", 0) == 0) {
    found = Search(canary, first, first, runs);
    if (found == 0) std::printf("%s: seed %lu finds it no longer\n", name.c_str(), first);
  }
  if (found == 0) {
    first = 1;
    found = Search(canary, first, Setting("VF_CANARY_SEEDS", 200), runs);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::string heard;
  for (const auto& [seed, complaints] : runs) {
    if (!complaints.empty()) heard += "seed " + std::to_string(seed) + "\n" + complaints;
  }
  ASSERT_NE(found, 0u) << name << " is not found by " << canary.checker << " in " << runs.size()
                       << " runs; all that was heard:\n"
                       << heard;
  std::printf("%s: seed %lu, %s, %.1f s\n", name.c_str(), found,
              std::string(canary.checker).c_str(), took.count());
  ExpectNothingWithoutIt(canary.shape, first, found);
}

std::string NameOf(const testing::TestParamInfo<Canary>& canary) {
  return std::string(canary.param.name);
}

INSTANTIATE_TEST_SUITE_P(All, CanaryTest, testing::ValuesIn(AllCanaries()), NameOf);

TEST(CanariesTest, EveryPlantedBugHasACheckerInOrder) {
  std::size_t index = 0;
  for (const Canary& canary : AllCanaries()) {
    EXPECT_EQ(static_cast<std::size_t>(canary.bug), ++index) << canary.name;
  }
  EXPECT_EQ(index, kPlantedBugs);
}

}  // namespace
}  // namespace vf::sim
