#include <cstdio>
#include <string>

#include "base/os/log.h"
#include "tools/cluster-sim/faults/scenario.h"
#include "tools/cluster-sim/faults/scenario_file.h"
#include "tools/cluster-sim/main_commands.h"
#include "tools/cluster-sim/main_options.h"

namespace vf::sim {

int ScenariosCommand(std::span<const std::string> args) {
  RunChoice choice;
  choice.scenario.clear();
  std::uint64_t seed = 1;
  CommandLine line =
      MakeCommandLine("scenarios", "Lists the scenarios, a line each, or shows one as a file",
                      "Example: cluster-sim scenarios --scenario one-crash > mine.json");
  AddRunOptions(line, choice);
  AddDurationOption(line, choice);
  line.AddOption("--seed", "S", "The seed of a scenario that draws; default 1",
                 SeedSetter([&seed](std::uint64_t value) { seed = value; }));
  line.SetFinalCheck([&choice]() -> absl::Status {
    const SwarmLimits& limits = choice.limits;
    if (choice.scenario.empty() && (limits.nodes || limits.replicas || limits.duration)) {
      return absl::InvalidArgumentError(
          "--nodes, --replicas and --duration: only with --scenario, which names what to show");
    }
    return absl::OkStatus();
  });
  if (const auto status = PrintOutcome(line.Parse(args, {}))) return *status;

  std::string text;
  if (choice.scenario.empty()) {
    std::size_t width = 0;
    for (const Scenario& scenario : AllScenarios()) {
      width = std::max(width, scenario.name.size());
    }
    for (const Scenario& scenario : AllScenarios()) {
      text += std::string(scenario.name) + std::string(width + 2 - scenario.name.size(), ' ') +
              std::string(scenario.description) + "\n";
    }
  } else {
    if (const absl::Status status = LoadScenario(choice); !status.ok()) {
      return UsageError("scenarios", std::string(status.message()));
    }
    const absl::StatusOr<RunSpec> spec = MakeRunSpec(choice, seed);
    if (!spec.ok()) return UsageError("scenarios", std::string(spec.status().message()));
    text = ScenarioText(*spec);
  }
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? kExitFine : 1;
}

}  // namespace vf::sim
