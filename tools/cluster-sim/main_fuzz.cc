#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "base/os/text_number.h"
#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/scenario.h"
#include "tools/cluster-sim/main_commands.h"
#include "tools/cluster-sim/main_jobs.h"
#include "tools/cluster-sim/main_options.h"
#include "tools/cluster-sim/main_progress.h"
#include "tools/cluster-sim/main_version.h"
#include "tools/cluster-sim/report/run_text.h"
#include "tools/cluster-sim/run.h"

namespace vf::sim {
namespace {

constexpr int kMaxJobs = 1024;
constexpr std::size_t kMostSeedsNamed = 20;

struct FuzzOptions {
  RunChoice choice;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  int jobs = 1;
  Duration seed_limit = seconds(120);
  std::optional<Duration> time_limit;
};

// What the runs came to, all together.
struct Totals {
  std::uint64_t events = 0;
  std::uint64_t writes_acked = 0;
  std::uint64_t reads = 0;
  std::uint64_t stale_reads = 0;
  std::uint64_t stale_quorums = 0;
  std::uint64_t excused_losses = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t most_divergent_ms = 0;  // RunResult::divergent_for, of one run
  std::uint64_t most_divergent_in = 0;  // that seed
  std::vector<std::uint64_t> failed;    // seeds, in the order in which they ended
};

// Of one run: numbers, and behind them what failed; empty if nothing did.
std::string JobText(const RunResult& result) {
  std::ostringstream text;
  text << result.events << ' ' << result.writes_acked << ' ' << result.reads << ' '
       << result.stale_reads << ' ' << result.stale_quorums << ' ' << result.excused_losses << ' '
       << ToMilliseconds(result.virtual_time) << ' ' << ToMilliseconds(result.divergent_for)
       << '\n';
  bool first = true;
  for (const std::string& checker : CheckersText(result)) {
    text << (first ? "" : ", ") << checker;
    first = false;
  }
  if (!result.converged) text << (first ? "" : ", ") << "did not converge";
  return text.str();
}

// Adds the numbers to `totals`; returns what failed.
std::string ReadJobText(std::uint64_t seed, const std::string& text, Totals& totals) {
  std::istringstream numbers(text);
  std::uint64_t events = 0;
  std::uint64_t writes = 0;
  std::uint64_t reads = 0;
  std::uint64_t stale = 0;
  std::uint64_t stale_quorums = 0;
  std::uint64_t excused = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t divergent_ms = 0;
  numbers >> events >> writes >> reads >> stale >> stale_quorums >> excused >> virtual_ms >>
      divergent_ms;
  totals.events += events;
  totals.writes_acked += writes;
  totals.reads += reads;
  totals.stale_reads += stale;
  totals.stale_quorums += stale_quorums;
  totals.excused_losses += excused;
  totals.virtual_ms += virtual_ms;
  if (divergent_ms > totals.most_divergent_ms) {
    totals.most_divergent_ms = divergent_ms;
    totals.most_divergent_in = seed;
  }
  const std::size_t line = text.find('\n');
  return line == std::string::npos ? "" : text.substr(line + 1);
}

std::string Failure(const JobOutcome& outcome, Totals& totals) {
  switch (outcome.kind) {
    case JobOutcome::Kind::kDone:
      return ReadJobText(outcome.number, outcome.text, totals);
    case JobOutcome::Kind::kCrashed:
      return "crash (" + outcome.text + ")";
    case JobOutcome::Kind::kTooLong:
      return "took longer than " + outcome.text;
  }
  return "";
}

// "5..9": both inclusive.
CommandLine::SetValue SeedsSetter(FuzzOptions& options) {
  return [&options](std::string_view text) -> absl::Status {
    const std::size_t dots = text.find("..");
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;
    if (dots != std::string_view::npos) {
      first = ParseWhole(text.substr(0, dots), 0, kMaxSeed);
      last = ParseWhole(text.substr(dots + 2), 0, kMaxSeed);
    }
    if (!first || !last || *first > *last) {
      return absl::InvalidArgumentError(
          "must be A..B with whole numbers, A at most B, both below 2^53");
    }
    options.first = *first;
    options.last = *last;
    return absl::OkStatus();
  };
}

std::string SeedsText(const FuzzOptions& options) {
  return std::to_string(options.first) + ".." + std::to_string(options.last);
}

void PrintSummary(const FuzzOptions& options, const JobsEnd& end, const Totals& totals,
                  Duration wall) {
  const std::uint64_t wanted = options.last - options.first + 1;
  std::string text = CountText(end.ran) + (end.ran == wanted ? "" : " of " + CountText(wanted)) +
                     " seeds in " + SecondsText(wall.count());
  if (end.signal != 0) text += ", ended by a signal";
  if (end.signal == 0 && end.ran != wanted) text += ", the time limit";
  text += ": " + (totals.failed.empty() ? std::string("none failed")
                                        : CountText(totals.failed.size()) + " failed");
  std::vector<std::uint64_t> failed = totals.failed;
  std::sort(failed.begin(), failed.end());
  for (std::size_t i = 0; i < failed.size() && i < kMostSeedsNamed; ++i) {
    text += (i == 0 ? " (" : ", ") + std::to_string(failed[i]);
  }
  if (!failed.empty()) text += failed.size() > kMostSeedsNamed ? ", ...)" : ")";
  std::printf("%s\n", text.c_str());
  std::printf(
      "%s virtual, %s events; %s writes acknowledged, %s reads, %s stale, %s with r= stale; %s "
      "excused losses\n",
      SecondsText(static_cast<std::int64_t>(totals.virtual_ms) * 1'000'000).c_str(),
      CountText(totals.events).c_str(), CountText(totals.writes_acked).c_str(),
      CountText(totals.reads).c_str(), CountText(totals.stale_reads).c_str(),
      CountText(totals.stale_quorums).c_str(), CountText(totals.excused_losses).c_str());
  if (totals.most_divergent_ms > 0) {
    std::printf(
        "owners held different records until %s after the faults at most, in seed %s\n",
        SecondsText(static_cast<std::int64_t>(totals.most_divergent_ms) * 1'000'000).c_str(),
        std::to_string(totals.most_divergent_in).c_str());
  }
  std::fflush(stdout);
}

int Fuzz(const FuzzOptions& options) {
  std::printf("seeds %s, scenario %s, release %s, %d at a time\n", SeedsText(options).c_str(),
              EscapeForLog(options.choice.scenario).c_str(), VersionText().c_str(), options.jobs);
  std::fflush(stdout);
  JobsConfig config;
  config.first = options.first;
  config.last = options.last;
  config.at_once = options.jobs;
  config.job_limit = options.seed_limit;
  config.time_limit = options.time_limit;

  const TimePoint began = MonotonicNow();
  Progress progress;
  Totals totals;
  const auto job = [&](std::uint64_t seed) {
    const absl::StatusOr<RunSpec> spec = MakeRunSpec(options.choice, seed);
    if (!spec.ok()) return "0 0 0 0 0 0 0 0\n" + std::string(spec.status().message());
    return JobText(RunCluster(*spec));
  };
  const auto on_outcome = [&](const JobOutcome& outcome) {
    const std::string failure = Failure(outcome, totals);
    if (failure.empty()) return;
    totals.failed.push_back(outcome.number);
    progress.Clear();
    std::printf("seed %s failed: %s; replay: %s\n", std::to_string(outcome.number).c_str(),
                EscapeForLog(failure).c_str(),
                ReplayCommand(options.choice, outcome.number).c_str());
    std::fflush(stdout);
  };
  const auto on_turn = [&](std::uint64_t ran) {
    progress.Show([&] {
      return CountText(ran) + " of " + CountText(options.last - options.first + 1) + " seeds, " +
             CountText(totals.failed.size()) + " failed, " +
             SecondsText((MonotonicNow() - began).count());
    });
  };
  const JobsEnd end = RunJobs(config, job, on_outcome, on_turn);
  progress.Clear();
  PrintSummary(options, end, totals, MonotonicNow() - began);
  if (!totals.failed.empty()) return kExitViolation;
  return end.signal == 0 ? kExitFine : 128 + end.signal;
}

}  // namespace

int FuzzCommand(std::span<const std::string> args) {
  FuzzOptions options;
  options.jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 64U));
  bool seeds_given = false;
  CommandLine line = MakeCommandLine(
      "fuzz", "Many runs, each drawn from its own seed, several at a time",
      "Example: cluster-sim fuzz --seeds 1..1000\n"
      "Each failing seed gets a line with the command that replays it. Exit status: 0 none failed, "
      "129 some did, 2 usage");
  line.AddOption("--seeds", "A..B", "The seeds to run, both inclusive; needed",
                 [&seeds_given, set = SeedsSetter(options)](std::string_view text) {
                   seeds_given = true;
                   return set(text);
                 });
  line.AddOption("--jobs", "J", "Runs at a time; default: the number of cores",
                 WholeSetter(1, kMaxJobs, [&options](std::uint64_t value) {
                   options.jobs = static_cast<int>(value);
                 }));
  AddRunOptions(line, options.choice);
  AddDurationRangeOption(line, options.choice);
  line.AddOption("--seed-limit", "D", "A seed that takes longer has failed; default 120s",
                 DurationSetter(milliseconds(1), hours(24),
                                [&options](Duration value) { options.seed_limit = value; }));
  line.AddOption("--time-limit", "D", "No seed begins later than that; default: none",
                 DurationSetter(milliseconds(1), hours(24 * 31),
                                [&options](Duration value) { options.time_limit = value; }));
  line.SetFinalCheck([&seeds_given]() -> absl::Status {
    if (seeds_given) return absl::OkStatus();
    return absl::InvalidArgumentError("--seeds: is missing; must be A..B, as --seeds 1..200");
  });
  if (const auto status = PrintOutcome(line.Parse(args, {}))) return *status;
  if (const absl::Status status = LoadScenario(options.choice); !status.ok()) {
    return UsageError("fuzz", std::string(status.message()));
  }
  if (const auto spec = MakeRunSpec(options.choice, options.first); !spec.ok()) {
    return UsageError("fuzz", std::string(spec.status().message()));
  }
  return Fuzz(options);
}

}  // namespace vf::sim
