#include <cstdio>
#include <memory>
#include <string>

#include "base/os/clocks.h"
#include "base/os/log.h"
#include "tools/cluster-sim/main_commands.h"
#include "tools/cluster-sim/main_crash.h"
#include "tools/cluster-sim/main_membership_line.h"
#include "tools/cluster-sim/main_output.h"
#include "tools/cluster-sim/main_progress.h"
#include "tools/cluster-sim/main_version.h"
#include "tools/cluster-sim/membership/membership_spec.h"
#include "tools/cluster-sim/report/membership_json.h"
#include "tools/cluster-sim/report/membership_text.h"
#include "tools/cluster-sim/report/result_names.h"
#include "tools/cluster-sim/report/run_text.h"

namespace vf::sim {

int MembershipCommand(std::span<const std::string> args) {
  MembershipOptions options;
  if (const auto status = PrintOutcome(MakeMembershipLine(options).Parse(args, {}))) return *status;
  const MembershipSpec& spec = options.spec;
  std::unique_ptr<OutputFile> json;
  if (const int status = OpenOutput("membership", "--json", options.json, json); status != 0) {
    return status;
  }
  std::FILE* const out = json != nullptr && json->IsStdout() ? stderr : stdout;
  std::fprintf(out, "%s, release %s\n", MembershipQuestion(spec).c_str(), VersionText().c_str());
  std::fflush(out);
  SayAtCrash("cluster-sim membership: crashed with seed " + std::to_string(spec.seed) +
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
  std::fprintf(out, "%s%s virtual in %s, %s events, trace %s\n", MembershipTable(result).c_str(),
               SecondsText(result.virtual_time.count()).c_str(), SecondsText(wall.count()).c_str(),
               CountText(result.events).c_str(), HashText(result.trace_hash).c_str());
  std::fflush(out);
  if (json == nullptr) return kExitFine;
  const absl::Status status =
      json->Write(MembershipJson(result, static_cast<double>(wall.count()) / 1e9));
  if (status.ok()) return kExitFine;
  std::fprintf(stderr, "cluster-sim membership: cannot write %s: %s\n",
               EscapeForLog(options.json).c_str(), std::string(status.message()).c_str());
  return 1;
}

}  // namespace vf::sim
