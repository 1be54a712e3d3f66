// vfcontroller: the well-known place where members learn of each other.
#include <string>
#include <vector>

#include "base/os/log.h"
#include "base/os/signals.h"
#include "gossip/controller/main_memory.h"
#include "gossip/controller/main_options.h"
#include "gossip/controller/main_process.h"
#include "gossip/udp/gossip_options.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto [outcome, options] = vf::ParseControllerOptions(args, vf::ProcessEnvironment());
  if (const auto status = vf::PrintOutcome(outcome)) return *status;
  vf::SetLogLevel(options.log_level);
  vf::InstallStopSignals();
  vf::KeepLittleMemory();

  vf::CommonOptions with_contacts = options;
  auto id = vf::MemberFolder::Id::kKept;
  for (;;) {
    const auto process = vf::ControllerProcess::Start(with_contacts, id);
    if (!process.ok()) {
      vf::LogError(std::string(process.status().message()));
      return 1;
    }
    const bool told = vf::WaitForStop() != 0;
    (*process)->Stop();
    if (const absl::Status refusal = (*process)->refusal(); !refusal.ok()) {
      vf::LogError(std::string(refusal.message()));
      return 1;
    }
    const std::vector<vf::HostPort> rejoin_at = (*process)->rejoin_at();
    if (told || rejoin_at.empty()) break;
    vf::AddContacts(with_contacts, rejoin_at);
    id = vf::MemberFolder::Id::kNew;
  }
  vf::LogInfo("stopped");
  return 0;
}
