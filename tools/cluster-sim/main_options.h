// The options that several commands share, and the run that they ask for.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/os/command_line.h"
#include "base/time.h"
#include "tools/cluster-sim/faults/swarm.h"
#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Setters for CommandLine: strict, and each says what would be right.
CommandLine::SetValue WholeSetter(std::uint64_t low, std::uint64_t high,
                                  std::function<void(std::uint64_t)> set);
CommandLine::SetValue SeedSetter(std::function<void(std::uint64_t)> set);
CommandLine::SetValue DurationSetter(Duration low, Duration high,
                                     std::function<void(Duration)> set);
// 0 to 1, without sign or exponent.
CommandLine::SetValue ShareSetter(std::function<void(double)> set);
CommandLine::SetValue FileSetter(std::string& file);

// A command line of cluster-sim: no config file, no environment, no arguments without dashes.
// `command`: "run".
CommandLine MakeCommandLine(const std::string& command, const std::string& purpose,
                            const std::string& examples);

// Which run.
struct RunChoice {
  std::string scenario = "swarm";  // or a file
  SwarmLimits limits;
  // Each seed draws its own, from limits.duration to this, most of them short. None: it does not.
  std::optional<Duration> longest;
  std::string file_text;  // of the scenario file, if it is one; read once
};

// --scenario, --nodes, --replicas. `choice` outlives `line`, here and below.
void AddRunOptions(CommandLine& line, RunChoice& choice);
// --duration D.
void AddDurationOption(CommandLine& line, RunChoice& choice);
// --duration D|A..B.
void AddDurationRangeOption(CommandLine& line, RunChoice& choice);
// Reads the file of --scenario if it names one. Errors: one line that begins with --scenario.
absl::Status LoadScenario(RunChoice& choice);
// A valid run. Errors: one line.
absl::StatusOr<RunSpec> MakeRunSpec(const RunChoice& choice, std::uint64_t seed);
// How this program was called; part of the commands that are printed for people to repeat.
void SetProgram(const std::string& path);
// The command that runs this again.
std::string ReplayCommand(const RunChoice& choice, std::uint64_t seed);

// Prints "cluster-sim COMMAND: TEXT", one line, on stderr; returns kExitUsage.
int UsageError(const std::string& command, std::string_view text);

}  // namespace vf::sim
