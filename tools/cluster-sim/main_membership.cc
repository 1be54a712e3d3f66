#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/number_text.h"
#include "tools/cluster-sim/main_commands.h"
#include "tools/cluster-sim/main_crash.h"
#include "tools/cluster-sim/main_options.h"
#include "tools/cluster-sim/main_output.h"
#include "tools/cluster-sim/main_progress.h"
#include "tools/cluster-sim/main_version.h"
#include "tools/cluster-sim/membership/membership_spec.h"
#include "tools/cluster-sim/report/result_json.h"
#include "tools/cluster-sim/report/result_names.h"
#include "tools/cluster-sim/report/run_text.h"

namespace vf::sim {
namespace {

constexpr int kMaxMembershipNodes = 100'000;
constexpr int kMaxTrials = 1'000'000;

struct MembershipOptions {
  MembershipSpec spec;
  bool faults_given = false;
  std::string json;
};

// One of a list of names: "must be lan, cloud, wan, memberlist-lan or swim".
template <typename List, typename Name, typename Value>
CommandLine::SetValue NameSetter(const List& list, Name name_of, Value& value) {
  return [&list, name_of, &value](std::string_view text) -> absl::Status {
    std::string right = "must be ";
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (name_of(list[i]) == text) {
        value = list[i];
        return absl::OkStatus();
      }
      right += i == 0 ? "" : i + 1 == list.size() ? " or " : ", ";
      right += name_of(list[i]);
    }
    return absl::InvalidArgumentError(right);
  };
}

CommandLine MakeLine(MembershipOptions& options) {
  MembershipSpec& spec = options.spec;
  CommandLine line = MakeCommandLine(
      "membership", "How fast many members learn of one event, and what it costs",
      "Example: cluster-sim membership --nodes 1000 --fault process-crash --trials 20\n"
      "Exit status: 0 fine, 2 usage, 127 crash");
  line.AddOption("--nodes", "N", "Members; default 100",
                 WholeSetter(2, kMaxMembershipNodes, [&spec](std::uint64_t value) {
                   spec.nodes = static_cast<int>(value);
                 }));
  line.AddOption("--profile", "NAME", "lan (default), cloud, wan, memberlist-lan or swim",
                 NameSetter(kProfiles, ProfileName, spec.profile));
  line.AddOption("--fault", "NAME", "process-crash, host-crash, join or none (default)",
                 NameSetter(kMembershipFaults, MembershipFaultName, spec.fault));
  line.AddOption("--faults", "F", "Members that crash or join, all at the same moment; default 1",
                 WholeSetter(1, kMaxMembershipNodes, [&options](std::uint64_t value) {
                   options.spec.faults = static_cast<int>(value);
                   options.faults_given = true;
                 }));
  line.AddOption("--loss", "P", "Share of the datagrams that are lost, 0 to 1; default 0",
                 ShareSetter([&spec](double value) { spec.loss = value; }));
  line.AddOption("--duration", "D",
                 "Virtual time of a trial from the fault on, as 60s; default: until all know, at "
                 "most 5 minutes",
                 DurationSetter(milliseconds(1), hours(24 * 7),
                                [&spec](Duration value) { spec.duration = value; }));
  line.AddOption("--trials", "T", "How often; default 1",
                 WholeSetter(1, kMaxTrials, [&spec](std::uint64_t value) {
                   spec.trials = static_cast<int>(value);
                 }));
  line.AddOption("--seed", "S", "The number that everything is drawn from; default 1",
                 SeedSetter([&spec](std::uint64_t value) { spec.seed = value; }));
  line.AddOption("--json", "FILE", "Write the result there, - for stdout",
                 FileSetter(options.json));
  line.SetFinalCheck([&options]() -> absl::Status {
    const MembershipSpec& checked = options.spec;
    if (checked.fault == MembershipFault::kNone && options.faults_given) {
      return absl::InvalidArgumentError(
          "--faults: there is none; give --fault process-crash, host-crash or join too");
    }
    if (checked.fault != MembershipFault::kNone && checked.faults >= checked.nodes) {
      return absl::InvalidArgumentError("--faults: '" + std::to_string(checked.faults) +
                                        "' leaves nobody to notice; must be less than --nodes, " +
                                        std::to_string(checked.nodes));
    }
    return absl::OkStatus();
  });
  return line;
}

void PrintRow(std::FILE* out, const char* name, const std::optional<Quantiles>& quantiles) {
  if (!quantiles) {
    std::fprintf(out, "%-34s %10s %10s %10s\n", name, "-", "-", "-");
    return;
  }
  std::fprintf(out, "%-34s %10.3f %10.3f %10.3f\n", name, quantiles->p50, quantiles->p99,
               quantiles->max);
}

void PrintTable(std::FILE* out, const MembershipResult& result, Duration wall) {
  std::fprintf(out, "%-34s %10s %10s %10s\n", "seconds after the fault", "p50", "p99", "max");
  PrintRow(out, "first suspects", result.first_suspect_s);
  PrintRow(out, "99 % suspect", result.suspect_99pct_s);
  PrintRow(out, "first takes it for dead", result.first_dead_s);
  PrintRow(out, "99 % take it for dead", result.dead_99pct_s);
  PrintRow(out, "all take it for dead", result.dead_all_s);
  PrintRow(out, "99 % see the newcomer", result.join_visible_99pct_s);
  PrintRow(out, "all see the newcomer", result.join_visible_all_s);
  std::fprintf(out, "sent by a node: %.1f bytes/s (p99 of the nodes %.1f), %.2f packets/s\n",
               result.tx_bytes_per_node_s_mean, result.tx_bytes_per_node_s_p99,
               result.tx_packets_per_node_s);
  std::fprintf(out, "false suspicions: %s, false deaths: %s\n",
               CountText(result.false_suspicions).c_str(), CountText(result.false_deaths).c_str());
  std::fprintf(out, "%s virtual in %s, %s events, trace %s\n",
               SecondsText(result.virtual_time.count()).c_str(), SecondsText(wall.count()).c_str(),
               CountText(result.events).c_str(), HashText(result.trace_hash).c_str());
  std::fflush(out);
}

}  // namespace

int MembershipCommand(std::span<const std::string> args) {
  MembershipOptions options;
  if (const auto status = PrintOutcome(MakeLine(options).Parse(args, {}))) return *status;
  const MembershipSpec& spec = options.spec;
  std::unique_ptr<OutputFile> json;
  if (const int status = OpenOutput("membership", "--json", options.json, json); status != 0) {
    return status;
  }
  std::FILE* const out = json != nullptr && json->IsStdout() ? stderr : stdout;
  const std::string seed = std::to_string(spec.seed);
  const std::string profile(ProfileName(spec.profile));
  const std::string fault(MembershipFaultName(spec.fault));
  const std::string faults =
      spec.fault == MembershipFault::kNone
          ? ""
          : " of " + std::to_string(spec.faults) + (spec.faults == 1 ? " member" : " members");
  std::fprintf(out, "seed %s, %d nodes, profile %s, fault %s%s, loss %s, %d trial%s, release %s\n",
               seed.c_str(), spec.nodes, profile.c_str(), fault.c_str(), faults.c_str(),
               NumberText(spec.loss).c_str(), spec.trials, spec.trials == 1 ? "" : "s",
               VersionText().c_str());
  std::fflush(out);
  SayAtCrash("cluster-sim membership: crashed with seed " + seed +
             "; the same command replays it\n");

  const TimePoint began = MonotonicNow();
  Progress progress;
  const MembershipResult result = RunMembership(spec, [&](int trials, Duration passed) {
    progress.Show([&] {
      return "trial " + std::to_string(trials + 1) + " of " + std::to_string(spec.trials) + ", " +
             SecondsText(passed.count()) + " virtual, " +
             SecondsText((MonotonicNow() - began).count()) + " passed";
    });
  });
  progress.Clear();
  const Duration wall = MonotonicNow() - began;
  PrintTable(out, result, wall);
  if (json == nullptr) return kExitFine;
  const absl::Status status =
      json->Write(MembershipJson(result, static_cast<double>(wall.count()) / 1e9));
  if (status.ok()) return kExitFine;
  std::fprintf(stderr, "cluster-sim membership: cannot write %s: %s\n",
               EscapeForLog(options.json).c_str(), std::string(status.message()).c_str());
  return 1;
}

}  // namespace vf::sim
