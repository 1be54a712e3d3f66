// vfnode: options, start, and the wait for the signal to stop.
#include <cstdio>
#include <string>
#include <vector>

#include "base/os/log.h"
#include "base/os/signals.h"
#include "gossip/udp/gossip_options.h"
#include "node/node.h"
#include "node/options.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  const vf::ParsedNodeOptions parsed =
      vf::ParseNodeOptions(args, vf::ProcessEnvironment(), vf::ThisMachine());
  if (const auto status = vf::PrintOutcome(parsed.outcome)) return *status;

  vf::SetLogLevel(parsed.options.common.log_level);
  vf::InstallStopSignals();
  vf::NodeOptions options = parsed.options;
  for (;;) {
    const auto node = vf::Node::Start(options);
    if (!node.ok()) {
      vf::LogError(std::string(node.status().message()));
      return 1;
    }
    const bool told = vf::WaitForStop() != 0;
    const absl::Status refusal = (*node)->refusal();
    const std::vector<vf::HostPort> rejoin_at = (*node)->rejoin_at();
    (*node)->Stop();
    if (!refusal.ok()) {
      vf::LogError(std::string(refusal.message()));
      return 1;
    }
    if (told || rejoin_at.empty()) break;
    vf::AddContacts(options.common, rejoin_at);
  }
  vf::LogInfo("stopped");
  return 0;
}
