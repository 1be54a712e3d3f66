#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/repair.h"
#include "tools/cluster-sim/main_commands.h"
#include "tools/cluster-sim/main_crash.h"
#include "tools/cluster-sim/main_options.h"
#include "tools/cluster-sim/main_output.h"
#include "tools/cluster-sim/main_progress.h"
#include "tools/cluster-sim/main_version.h"
#include "tools/cluster-sim/report/html_report.h"
#include "tools/cluster-sim/report/result_json.h"
#include "tools/cluster-sim/report/result_names.h"
#include "tools/cluster-sim/report/run_text.h"
#include "tools/cluster-sim/run.h"

namespace vf::sim {
namespace {

constexpr std::size_t kMostViolationsShown = 10;
constexpr std::size_t kMostTraceLines = 20;

struct RunOptions {
  RunChoice choice;
  std::uint64_t seed = 1;
  std::string json;
  std::string report;
};

// What is to run, before it runs: if it crashes, this is on the screen.
void PrintHead(std::FILE* out, const RunSpec& spec) {
  std::fprintf(out, "seed %s, scenario %s, release %s\n", std::to_string(spec.seed).c_str(),
               EscapeForLog(spec.scenario).c_str(), VersionText().c_str());
  std::fprintf(out, "cluster:  %s\n", ClusterText(spec).c_str());
  std::fprintf(out, "network:  %s\n", NetworkText(spec.network).c_str());
  std::fprintf(out, "workload: %s\n", WorkloadText(spec.workload).c_str());
  for (const FaultEvent& fault : spec.faults) {
    std::fprintf(out, "fault:    %s\n", FaultText(spec, fault).c_str());
  }
  if (spec.faults.empty()) std::fprintf(out, "fault:    none\n");
  if (const std::string missing = MissingRepair(spec); !missing.empty()) {
    std::fprintf(out, "note:     not everything can be repaired yet after %s\n", missing.c_str());
  }
  std::fflush(out);
}

void PrintViolations(std::FILE* out, const RunResult& result) {
  std::size_t shown = 0;
  for (const Violation& violation : result.violations) {
    if (shown == kMostViolationsShown) {
      std::fprintf(out, "... and %zu more; --json FILE has all\n",
                   result.violations.size() - shown);
      break;
    }
    ++shown;
    const std::string key = violation.key.empty() ? "" : ", key " + EscapeForLog(violation.key);
    std::fprintf(out, "violation of %s at %s%s: %s\n", violation.checker.c_str(),
                 SecondsText(violation.at).c_str(), key.c_str(),
                 EscapeForLog(violation.text).c_str());
    // The end of a long trace is what led to it.
    const std::size_t lines = violation.trace.size();
    const std::size_t skipped = lines > kMostTraceLines ? lines - kMostTraceLines : 0;
    if (skipped > 0) std::fprintf(out, "    ... %zu earlier lines; --json FILE has all\n", skipped);
    for (std::size_t i = skipped; i < lines; ++i) {
      std::fprintf(out, "    %s\n", EscapeForLog(violation.trace[i]).c_str());
    }
  }
}

void PrintResult(std::FILE* out, const RunResult& result, const std::string& replay,
                 Duration wall) {
  std::fprintf(out, "writes:   %s acknowledged, %s of unknown outcome\n",
               CountText(result.writes_acked).c_str(), CountText(result.writes_unknown).c_str());
  std::fprintf(out, "reads:    %s answered, of which %s stale, and %s with r= stale; %s failed\n",
               CountText(result.reads).c_str(), CountText(result.stale_reads).c_str(),
               CountText(result.stale_quorums).c_str(), CountText(result.reads_failed).c_str());
  if (!result.joins.empty()) std::fprintf(out, "joins:    %s\n", JoinsText(result).c_str());
  std::fprintf(out, "at the end: divergence %s, excused losses %s\n",
               CountText(result.divergence_final).c_str(),
               CountText(result.excused_losses).c_str());
  std::fprintf(out, "%s virtual in %s, %s events, trace %s\n",
               SecondsText(result.virtual_time.count()).c_str(), SecondsText(wall.count()).c_str(),
               CountText(result.events).c_str(), HashText(result.trace_hash).c_str());
  PrintViolations(out, result);
  std::fprintf(out, "outcome:  %s\n", OutcomeText(result).c_str());
  std::fprintf(out, "replay:   %s\n", replay.c_str());
  std::fflush(out);
}

// Where the words for people go: not into what a program reads.
std::FILE* TextStream(const OutputFile* json, const OutputFile* report) {
  const bool taken =
      (json != nullptr && json->IsStdout()) || (report != nullptr && report->IsStdout());
  return taken ? stderr : stdout;
}

int Finish(const RunResult& result, const RunOptions& options, OutputFile* json, OutputFile* report,
           Duration wall) {
  const std::string replay = ReplayCommand(options.choice, options.seed);
  std::FILE* const out = TextStream(json, report);
  PrintResult(out, result, replay, wall);
  const auto written = [](const std::string& path, const absl::Status& status) {
    if (status.ok()) return true;
    std::fprintf(stderr, "cluster-sim run: cannot write %s: %s\n", EscapeForLog(path).c_str(),
                 std::string(status.message()).c_str());
    return false;
  };
  bool all = true;
  if (json != nullptr) {
    const double wall_s = static_cast<double>(wall.count()) / 1e9;
    all = written(options.json, json->Write(RunJson(result, wall_s))) && all;
  }
  if (report != nullptr) {
    const ReportHead head{.version = VersionText(), .replay = replay};
    all = written(options.report, report->Write(HtmlReport(result, head))) && all;
  }
  if (!result.violations.empty()) return kExitViolation;
  if (!result.converged) return kExitNotConverged;
  return all ? kExitFine : 1;
}

}  // namespace

int RunCommand(std::span<const std::string> args) {
  RunOptions options;
  CommandLine line = MakeCommandLine(
      "run", "One cluster with data, clients and faults in virtual time, judged by checkers",
      "Example: cluster-sim run --seed 17 --report run.html\n"
      "Exit status: 0 fine, 2 usage, 127 crash, 128 did not converge, 129 a violation");
  AddRunOptions(line, options.choice);
  AddDurationOption(line, options.choice);
  line.AddOption("--seed", "S", "The number that everything is drawn from; default 1",
                 SeedSetter([&options](std::uint64_t value) { options.seed = value; }));
  line.AddOption("--json", "FILE", "Write the result there, - for stdout",
                 FileSetter(options.json));
  line.AddOption("--report", "FILE.html", "Write a page with pictures there",
                 FileSetter(options.report));
  if (const auto status = PrintOutcome(line.Parse(args, {}))) return *status;
  if (const absl::Status status = LoadScenario(options.choice); !status.ok()) {
    return UsageError("run", std::string(status.message()));
  }
  absl::StatusOr<RunSpec> spec = MakeRunSpec(options.choice, options.seed);
  if (!spec.ok()) return UsageError("run", std::string(spec.status().message()));
  if (!options.json.empty() && options.json == options.report) {
    return UsageError("run", "--report: names the same file as --json; give each its own");
  }

  std::unique_ptr<OutputFile> json;
  std::unique_ptr<OutputFile> report;
  if (const int status = OpenOutput("run", "--json", options.json, json); status != 0) {
    return status;
  }
  if (const int status = OpenOutput("run", "--report", options.report, report); status != 0) {
    return status;
  }
  spec->keep_history = report != nullptr;

  std::FILE* const out = TextStream(json.get(), report.get());
  PrintHead(out, *spec);
  SayAtCrash("cluster-sim run: crashed; replay: " + ReplayCommand(options.choice, options.seed) +
             "\n");
  const TimePoint began = MonotonicNow();
  Progress progress;
  const RunResult result = RunCluster(*spec, [&](Duration passed, std::uint64_t events) {
    progress.Show([&] {
      return SecondsText(passed.count()) + " virtual, " + CountText(events) + " events, " +
             SecondsText((MonotonicNow() - began).count()) + " passed";
    });
  });
  progress.Clear();
  return Finish(result, options, json.get(), report.get(), MonotonicNow() - began);
}

}  // namespace vf::sim
