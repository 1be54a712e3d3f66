// vfnode: options, start, and the wait for the signal to stop.
#include <cstdio>
#include <string>
#include <vector>

#include "base/os/log.h"
#include "base/os/signals.h"
#include "node/node.h"
#include "node/options.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const vf::ParsedNodeOptions parsed =
      vf::ParseNodeOptions(args, vf::ProcessEnvironment(), vf::ThisMachine());
  if (const auto status = vf::PrintOutcome(parsed.outcome)) return *status;

  vf::SetLogLevel(parsed.options.common.log_level);
  vf::InstallStopSignals();
  const auto node = vf::Node::Start(parsed.options);
  if (!node.ok()) {
    vf::LogError(std::string(node.status().message()));
    return 1;
  }
  vf::WaitForStop();
  const absl::Status refusal = (*node)->refusal();
  (*node)->Stop();
  if (!refusal.ok()) {
    vf::LogError(std::string(refusal.message()));
    return 1;
  }
  vf::LogInfo("stopped");
  return 0;
}
