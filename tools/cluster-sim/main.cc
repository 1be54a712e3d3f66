// cluster-sim: the product's own objects in virtual time. See docs/simulator.md.
#include <array>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/near_name.h"
#include "base/os/log.h"
#include "base/os/release.h"
#include "tools/cluster-sim/main_commands.h"
#include "tools/cluster-sim/main_options.h"

namespace vf::sim {
namespace {

struct Command {
  std::string_view name;
  std::string_view purpose;
  int (*run)(std::span<const std::string> args);
};

constexpr std::array<Command, 4> kCommands = {{
    {"run", "one cluster with data, clients and faults, judged by checkers", RunCommand},
    {"fuzz", "many runs, each drawn from its own seed", FuzzCommand},
    {"membership", "how fast many members learn of one event, and what it costs",
     MembershipCommand},
    {"scenarios", "lists the scenarios, or shows one as a file", ScenariosCommand},
}};

int Help() {
  std::string text =
      "cluster-sim: runs whole clusters of the real code in virtual time, from one number\n\n"
      "Usage: cluster-sim COMMAND [options]\n\nCommands:\n";
  for (const Command& command : kCommands) {
    text += "  " + std::string(command.name) + std::string(12 - command.name.size(), ' ') +
            std::string(command.purpose) + "\n";
  }
  text +=
      "\ncluster-sim COMMAND --help lists a command's options; --version shows the release.\n"
      "Exit status: 0 fine, 2 usage, 127 crash, 128 did not converge, 129 a checker found a "
      "violation.\n";
  std::fputs(text.c_str(), stdout);
  return std::fflush(stdout) == 0 ? 0 : 1;
}

int Wrong(const std::string& text) {
  std::fprintf(stderr, "cluster-sim: %s\n", EscapeForLog(text).c_str());
  return kExitUsage;
}

int Main(const std::vector<std::string>& args) {
  std::vector<std::string> names;
  for (const Command& command : kCommands) names.emplace_back(command.name);
  if (args.empty()) {
    return Wrong("needs a command: run, fuzz, membership or scenarios; see --help");
  }
  const std::string& name = args.front();
  if (name == "--help" || name == "-h" || name == "help") return Help();
  if (name == "--version") {
    std::printf("cluster-sim %s\n", std::string(Release()).c_str());
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  for (const Command& command : kCommands) {
    if (command.name == name) return command.run(std::span(args).subspan(1));
  }
  std::string text = name + ": there is no such command; ";
  if (const std::optional<std::string> near = NearName(name, names)) {
    return Wrong(text + "did you mean " + *near + "?");
  }
  return Wrong(text + "there are run, fuzz, membership and scenarios");
}

}  // namespace
}  // namespace vf::sim

int main(int argc, char** argv) {
  try {
    if (argc > 0) vf::sim::SetProgram(argv[0]);
    return vf::sim::Main(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cluster-sim: bug: %s\n", error.what());
    return vf::sim::kExitCrash;
  }
}
