#include "tools/cluster-sim/main_options.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/cluster_limits.h"
#include "base/near_name.h"
#include "base/os/log.h"
#include "base/os/text_number.h"
#include "base/rng.h"
#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/scenario.h"
#include "tools/cluster-sim/faults/scenario_file.h"
#include "tools/cluster-sim/main_commands.h"

namespace vf::sim {
namespace {

// All of a file. Errors: what the system says.
absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                             std::fclose);
  if (file == nullptr) return absl::NotFoundError(std::strerror(errno));
  std::string text;
  std::vector<char> block(64 * 1024);
  for (;;) {
    const std::size_t count = std::fread(block.data(), 1, block.size(), file.get());
    text.append(block.data(), count);
    if (std::ferror(file.get()) != 0) return absl::DataLossError(std::strerror(errno));
    if (count == 0 || text.size() > kMaxScenarioBytes) return text;
  }
}

// For a shell: as it is if that is safe, else in quotes.
std::string Quoted(const std::string& text) {
  const bool safe = text.find_first_not_of(
                        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                        "_-./+:,=@%") == std::string::npos;
  if (safe && !text.empty()) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string& Program() {
  static std::string path = "cluster-sim";
  return path;
}

CommandLine::SetValue SetterOfDuration(std::optional<Duration>& duration) {
  return DurationSetter(kLeastPhase, hours(24), [&duration](Duration value) { duration = value; });
}

// With the duration that this seed draws: whole seconds above the least one. Half of the seeds stay
// within the first eighth of the range, one in five is beyond its half.
SwarmLimits LimitsOf(const RunChoice& choice, std::uint64_t seed) {
  SwarmLimits limits = choice.limits;
  if (!choice.longest) return limits;
  constexpr std::uint64_t kParts = 1'000;
  const std::uint64_t part = Rng(seed).Fork("duration").Uniform(kParts + 1);
  const auto range = static_cast<std::uint64_t>((*choice.longest - *limits.duration) / seconds(1));
  const std::uint64_t more = range * part * part * part / (kParts * kParts * kParts);
  *limits.duration += seconds(static_cast<std::int64_t>(more));
  return limits;
}

bool IsNamed(const RunChoice& choice) { return ScenarioNamed(choice.scenario) != nullptr; }

}  // namespace

CommandLine::SetValue WholeSetter(std::uint64_t low, std::uint64_t high,
                                  std::function<void(std::uint64_t)> set) {
  return [low, high, set = std::move(set)](std::string_view text) -> absl::Status {
    const std::optional<std::uint64_t> value = ParseWhole(text, low, high);
    if (!value) {
      return absl::InvalidArgumentError("must be a whole number, " + std::to_string(low) + " to " +
                                        std::to_string(high));
    }
    set(*value);
    return absl::OkStatus();
  };
}

CommandLine::SetValue SeedSetter(std::function<void(std::uint64_t)> set) {
  return [set = std::move(set)](std::string_view text) -> absl::Status {
    const std::optional<std::uint64_t> value = ParseWhole(text, 0, kMaxSeed);
    if (!value) return absl::InvalidArgumentError("must be a whole number below 2^53");
    set(*value);
    return absl::OkStatus();
  };
}

CommandLine::SetValue DurationSetter(Duration low, Duration high,
                                     std::function<void(Duration)> set) {
  return [low, high, set = std::move(set)](std::string_view text) -> absl::Status {
    const std::optional<Duration> value = ParseDuration(text);
    if (!value || *value < low || *value > high) {
      return absl::InvalidArgumentError("must be a duration with its unit, as 250ms, 60s or 2m, " +
                                        DurationText(low) + " to " + DurationText(high));
    }
    set(*value);
    return absl::OkStatus();
  };
}

CommandLine::SetValue ShareSetter(std::function<void(double)> set) {
  return [set = std::move(set)](std::string_view text) -> absl::Status {
    constexpr std::size_t kMostDigits = 15;  // what a double holds
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
    const std::optional<std::uint64_t> ones = ParseWhole(whole, 0, 1);
    const std::optional<std::uint64_t> digits =
        fraction.size() <= kMostDigits ? ParseWhole(fraction, 0, UINT64_MAX) : std::nullopt;
    if (!ones || !digits || (*ones == 1 && *digits > 0)) {
      return absl::InvalidArgumentError("must be a number from 0 to 1, as 0.05");
    }
    std::uint64_t scale = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i) scale *= 10;
    set(static_cast<double>(*ones) + static_cast<double>(*digits) / static_cast<double>(scale));
    return absl::OkStatus();
  };
}

CommandLine::SetValue FileSetter(std::string& file) {
  return [&file](std::string_view text) {
    file = text;
    return absl::OkStatus();
  };
}

CommandLine MakeCommandLine(const std::string& command, const std::string& purpose,
                            const std::string& examples) {
  CommandLine line("cluster-sim " + command, purpose, examples);
  line.TakeOnlyArguments();
  line.SetPositional("", [](const std::vector<std::string>& arguments) -> absl::Status {
    if (arguments.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(arguments.front() +
                                      ": nothing is expected here; options begin with --, see "
                                      "--help");
  });
  return line;
}

void AddRunOptions(CommandLine& line, RunChoice& choice) {
  line.AddOption("--scenario", "NAME|FILE",
                 "What happens; default swarm: drawn from the seed. `cluster-sim scenarios` lists "
                 "them",
                 FileSetter(choice.scenario));
  line.AddOption("--nodes", "N", "Nodes that store data; default: the scenario's",
                 WholeSetter(1, kMaxSimNodes, [&choice](std::uint64_t value) {
                   choice.limits.nodes = static_cast<int>(value);
                 }));
  line.AddOption("--replicas", "K", "Copies of each key; default: the scenario's",
                 WholeSetter(1, kMaxReplicas, [&choice](std::uint64_t value) {
                   choice.limits.replicas = static_cast<int>(value);
                 }));
}

void AddDurationOption(CommandLine& line, RunChoice& choice) {
  line.AddOption("--duration", "D",
                 "Virtual time in which faults strike, as 60s; default: the scenario's",
                 SetterOfDuration(choice.limits.duration));
}

void AddDurationRangeOption(CommandLine& line, RunChoice& choice) {
  line.AddOption(
      "--duration", "D|A..B",
      "Virtual time in which faults strike, as 60s, or as 20s..120s: each seed draws its own, "
      "most of them short; default: the scenario's",
      [&choice](std::string_view text) -> absl::Status {
        const std::size_t dots = text.find("..");
        choice.longest.reset();
        const auto set_least = SetterOfDuration(choice.limits.duration);
        if (dots == std::string_view::npos) return set_least(text);
        absl::Status status = set_least(text.substr(0, dots));
        if (status.ok()) status = SetterOfDuration(choice.longest)(text.substr(dots + 2));
        if (status.ok() && *choice.longest < *choice.limits.duration) {
          status = absl::InvalidArgumentError("must be A..B with A at most B, as 20s..120s");
        }
        return status;
      });
}

absl::Status LoadScenario(RunChoice& choice) {
  if (IsNamed(choice)) return absl::OkStatus();
  absl::StatusOr<std::string> text = ReadWhole(choice.scenario);
  if (text.ok()) {
    choice.file_text = *std::move(text);
    return absl::OkStatus();
  }
  std::vector<std::string> names;
  for (const Scenario& scenario : AllScenarios()) names.emplace_back(scenario.name);
  std::string right = "`cluster-sim scenarios` lists them";
  if (const std::optional<std::string> near = NearName(choice.scenario, names)) {
    right = "did you mean " + *near + "?";
  }
  return absl::InvalidArgumentError(
      "--scenario: '" + choice.scenario + "' is neither a file that can be read (" +
      std::string(text.status().message()) + ") nor a scenario; " + right);
}

absl::StatusOr<RunSpec> MakeRunSpec(const RunChoice& choice, std::uint64_t seed) {
  const Scenario* scenario = ScenarioNamed(choice.scenario);
  const SwarmLimits limits = LimitsOf(choice, seed);
  if (scenario == nullptr) {
    absl::StatusOr<RunSpec> spec = ParseScenario(choice.file_text, choice.scenario, seed, limits);
    if (spec.ok()) return spec;
    return absl::InvalidArgumentError("--scenario: " + choice.scenario + ": " +
                                      std::string(spec.status().message()));
  }
  if (choice.limits.nodes.value_or(scenario->least_nodes) < scenario->least_nodes) {
    return absl::InvalidArgumentError(
        "--nodes: '" + std::to_string(*choice.limits.nodes) + "' is too few for the scenario " +
        choice.scenario + "; must be " + std::to_string(scenario->least_nodes) + " or more");
  }
  RunSpec spec = scenario->make(seed, limits);
  if (absl::Status status = ValidateRunSpec(spec); !status.ok()) return status;
  return spec;
}

void SetProgram(const std::string& path) {
  if (!path.empty()) Program() = path;
}

std::string ReplayCommand(const RunChoice& choice, std::uint64_t seed) {
  std::string command = Quoted(Program()) + " run --seed " + std::to_string(seed);
  if (choice.scenario != "swarm") command += " --scenario " + Quoted(choice.scenario);
  const SwarmLimits limits = LimitsOf(choice, seed);
  if (limits.nodes) command += " --nodes " + std::to_string(*limits.nodes);
  if (limits.replicas) command += " --replicas " + std::to_string(*limits.replicas);
  if (limits.duration) command += " --duration " + DurationText(*limits.duration);
  return command;
}

int UsageError(const std::string& command, std::string_view text) {
  std::fprintf(stderr, "cluster-sim %s: %s\n", command.c_str(), EscapeForLog(text).c_str());
  return kExitUsage;
}

}  // namespace vf::sim
