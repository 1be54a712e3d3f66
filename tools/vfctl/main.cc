// vfctl: one command, one request to a node, one table; status asks the other nodes for theirs.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/os/log.h"
#include "tools/vfctl/main_client.h"
#include "tools/vfctl/main_leave.h"
#include "tools/vfctl/main_moves.h"
#include "tools/vfctl/options.h"
#include "tools/vfctl/tables.h"

namespace vf::ctl {
namespace {

int Fail(std::string_view text) {
  std::fprintf(stderr, "vfctl: %s\n", EscapeForLog(text).c_str());
  return 1;
}

// A reader that went away (`vfctl members | head -1`) is no silent success.
int Print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return 0;
  return Fail("cannot write to standard output");
}

std::string_view FirstLine(std::string_view text) {
  constexpr std::size_t kMaxShown = 300;
  return text.substr(0, std::min(text.find_first_of("\r\n"), kMaxShown));
}

absl::StatusOr<std::string> TableOf(const CtlOptions& options, const NodeAnswer& answer) {
  switch (options.command) {
    case CtlCommand::kMembers:
      return MembersTable(answer.body);
    case CtlCommand::kStatus:
      return StatusTable(answer.body);
    case CtlCommand::kReplicas:
      return ReplicasTable(answer.body);
    case CtlCommand::kLeave:
      break;
    case CtlCommand::kForget:
      return std::string(FirstLine(answer.body)) + "\n";
  }
  return absl::InternalError("a command that does not exist");
}

int RunLeave(const CtlOptions& options) {
  std::string id;
  const absl::Status left = LeaveAndWait(options.node, id);
  if (!left.ok()) return Fail(std::string(left.message()));
  if (options.json) return Print("{\"id\":\"" + id + "\",\"left\":true}\n");
  return Print(options.node.ToString() + " has handed over all that it held, and has left\n");
}

int Run(const CtlOptions& options) {
  if (options.command == CtlCommand::kLeave) return RunLeave(options);
  const bool forgets = options.command == CtlCommand::kForget;
  const auto answer = AskNode(options.node, forgets ? "PATCH" : "GET", RequestTarget(options));
  if (!answer.ok()) return Fail(std::string(answer.status().message()));
  const std::string node = options.node.ToString();
  if (answer->status != (forgets ? 202 : 200)) {
    const std::string_view reason = FirstLine(answer->body);
    if (answer->status < 400 || reason.empty()) {
      return Fail(node + ": HTTP status " + std::to_string(answer->status) +
                  "; is this a Velour Fog node?");
    }
    return Fail(node + ": " + std::string(reason));
  }
  const auto table = TableOf(options, *answer);
  if (!table.ok()) return Fail(node + ": " + std::string(table.status().message()));
  if (options.command == CtlCommand::kStatus && !options.json) {
    const std::string moves = MovesOfCluster(options.node, answer->body);
    return Print(*table + (moves.empty() ? "" : "\n" + moves));
  }
  if (!options.json) return Print(*table);
  if (forgets) return Print("{\"id\":\"" + options.id + "\",\"forgotten\":true}\n");
  return Print(answer->body);
}

}  // namespace
}  // namespace vf::ctl

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
    const vf::ctl::ParsedCtlOptions parsed = vf::ctl::ParseCtlOptions(args);
    if (const auto status = vf::PrintOutcome(parsed.outcome)) return *status;
    return vf::ctl::Run(parsed.options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vfctl: bug: %s\n", error.what());
    return 1;
  }
}
