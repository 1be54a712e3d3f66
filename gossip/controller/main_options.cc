#include "gossip/controller/main_options.h"

namespace vf {
namespace {

constexpr char kPurpose[] =
    "vfcontroller introduces the members of a Velour Fog cluster to each other.\n"
    "It stores no keys; a cluster works without it, and may have several.\n";

constexpr char kExamples[] =
    "PORT serves the operator pages over HTTP, and gossip over UDP; 0 picks a free one.\n"
    "HOST:PORT is a contact: another controller or any node that is up. A controller\n"
    "never founds a cluster: of the nodes whose contacts all answer and are in none,\n"
    "the one with the smallest id does, after a second.\n"
    "\n"
    "Examples:\n"
    "  vfcontroller 7000                     the well-known place\n"
    "  vfnode 8000 localhost:7000            nodes find each other through it\n"
    "  vfnode 8001 localhost:7000\n"
    "  vfcontroller 7000 --data-dir ctl      finds the cluster again after a restart\n"
    "  curl localhost:7000/members           who is there, and in which state\n"
    "\n"
    "Each option may also stand in the file of --config as `name = value`, or in the\n"
    "environment as VF_NAME (VF_ALLOW=10.0.0.0/8,127.0.0.1). The command line wins\n"
    "over the file, the file over the environment. Logs go to stderr.\n";

}  // namespace

ParsedControllerOptions ParseControllerOptions(std::span<const std::string> args,
                                               const Environment& environment) {
  ParsedControllerOptions parsed;
  CommandLine line("vfcontroller", kPurpose, kExamples);
  DeclareCommonOptions(line, parsed.options);
  line.AddOption("--data-dir", "DIR",
                 "Folder for its identity and member list (default: nothing is kept)",
                 [&options = parsed.options](std::string_view value) {
                   options.data_dir = value;
                   return absl::OkStatus();
                 });
  for (const char* option :
       {"--min-acks", "--frontend-only", "--threads", "--max-value-size", "--max-memory"}) {
    line.AddForeign(option,
                    "vfcontroller stores no keys and does not have this option; give it to "
                    "vfnode");
  }
  line.SetFinalCheck([&options = parsed.options] { return CheckCommonOptions(options); });
  parsed.outcome = line.Parse(args, environment);
  return parsed;
}

}  // namespace vf
