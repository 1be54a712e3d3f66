#include "tools/vfctl/options.h"

#include <absl/status/status.h>

#include <array>
#include <optional>
#include <vector>

#include "base/near_name.h"

namespace vf::ctl {
namespace {

constexpr std::size_t kMaxKeyBytes = 2048;
constexpr std::size_t kIdDigits = 32;

constexpr char kPurpose[] =
    "Velour Fog: looks at a cluster and takes care of it, through any of its nodes.\n";

constexpr char kExamples[] =
    "Commands:\n"
    "  members        who is in the cluster, and in which state\n"
    "  status         what the node knows of itself and of the cluster\n"
    "  replicas KEY   which nodes hold a key (whether or not it is set)\n"
    "  leave          the node hands over what it holds to the others, then it leaves and ends;\n"
    "                 waits for that, and shows how far it is\n"
    "  forget ID      removes a member that is dead, suspect or left for good: if that\n"
    "                 process still runs somewhere, it is left out until it starts anew\n"
    "\n"
    "Examples:\n"
    "  vfctl members                              through the node on 127.0.0.1:8000\n"
    "  vfctl status --node 10.0.0.7:8000          as another node sees it\n"
    "  vfctl replicas fruit --json                for programs: what the node answers\n"
    "  vfctl replicas -- -k                       a key that begins with a dash\n"
    "  vfctl leave --node 10.0.0.7:8000           empties that node and stops it\n"
    "  vfctl forget 0a1b2c3d4e5f60718293a4b5c6d7e8f9\n"
    "\n"
    "Exit status: 0 done, 1 failed (the reason is on stderr), 2 wrong command line.\n";

struct CommandName {
  std::string_view name;
  CtlCommand command;
  std::string_view argument;  // empty: it takes none
};

constexpr std::array<CommandName, 5> kCommands = {{
    {"members", CtlCommand::kMembers, ""},
    {"status", CtlCommand::kStatus, ""},
    {"replicas", CtlCommand::kReplicas, "KEY"},
    {"leave", CtlCommand::kLeave, ""},
    {"forget", CtlCommand::kForget, "ID"},
}};
constexpr std::array<std::string_view, 2> kLaterCommands = {"backup", "restore"};

absl::Status Wrong(const std::string& what) { return absl::InvalidArgumentError(what); }

absl::Status UnknownCommand(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandName& command : kCommands) names.emplace_back(command.name);
  for (const std::string_view later : kLaterCommands) {
    if (name == later) {
      return Wrong(name +
                   ": this command comes with a later release; there are members, status, "
                   "replicas, leave and forget");
    }
  }
  const std::string text = name + ": there is no such command; ";
  if (const std::optional<std::string> near = NearName(name, names)) {
    return Wrong(text + "did you mean " + *near + "?");
  }
  return Wrong(text + "there are members, status, replicas, leave and forget");
}

absl::Status SetKey(const std::string& key, CtlOptions& options) {
  if (key.empty() || key.size() > kMaxKeyBytes) {
    return Wrong("replicas: a key has 1 to " + std::to_string(kMaxKeyBytes) + " bytes");
  }
  options.key = key;
  return absl::OkStatus();
}

absl::Status SetId(const std::string& id, CtlOptions& options) {
  if (id.size() != kIdDigits || id.find_first_not_of("0123456789abcdef") != std::string::npos) {
    return Wrong("forget: '" + id +
                 "' is no id; give the 32 lower-case hex digits that vfctl members shows");
  }
  options.id = id;
  return absl::OkStatus();
}

absl::Status SetArguments(const std::vector<std::string>& arguments, CtlOptions& options) {
  if (arguments.empty()) {
    return Wrong("needs a command: members, status, replicas KEY, leave or forget ID; see --help");
  }
  for (const CommandName& command : kCommands) {
    const std::string name(command.name);
    if (name != arguments.front()) continue;
    options.command = command.command;
    if (command.argument.empty()) {
      if (arguments.size() == 1) return absl::OkStatus();
      return Wrong(name + ": takes no argument; remove '" + arguments[1] + "'");
    }
    const std::string argument(command.argument);
    if (arguments.size() < 2)
      return Wrong(name + ": needs " + (argument == "ID" ? "an ID" : "a KEY"));
    if (arguments.size() > 2) {
      return Wrong(name + ": takes one " + argument + "; remove '" + arguments[2] +
                   "', or put quotes around one with spaces");
    }
    return command.command == CtlCommand::kReplicas ? SetKey(arguments[1], options)
                                                    : SetId(arguments[1], options);
  }
  return UnknownCommand(arguments.front());
}

std::string PercentEncode(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      text.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text.push_back('%');
      text.push_back(kDigits[byte >> 4]);
      text.push_back(kDigits[byte & 15]);
    }
  }
  return text;
}

}  // namespace

ParsedCtlOptions ParseCtlOptions(std::span<const std::string> args) {
  ParsedCtlOptions parsed;
  CtlOptions& options = parsed.options;
  CommandLine line("vfctl", kPurpose, kExamples);
  line.TakeOnlyArguments();
  line.SetPositional("COMMAND [KEY|ID]", [&options](const std::vector<std::string>& arguments) {
    return SetArguments(arguments, options);
  });
  line.AddOption("--node", "HOST:PORT", "The node to ask (default 127.0.0.1:8000)",
                 [&options](std::string_view value) {
                   const auto node = ParseHostPort(value);
                   if (!node) return Wrong("must be HOST:PORT, as in 10.0.0.7:8000");
                   options.node = *node;
                   return absl::OkStatus();
                 });
  line.AddFlag("--json", "Print what the node answers as JSON, unchanged",
               [&options](bool on) { options.json = on; });
  parsed.outcome = line.Parse(args, {});
  return parsed;
}

std::string RequestTarget(const CtlOptions& options) {
  switch (options.command) {
    case CtlCommand::kMembers:
      return "/members";
    case CtlCommand::kStatus:
      return "/status";
    case CtlCommand::kReplicas:
      return "/replicas?key=" + PercentEncode(options.key);
    case CtlCommand::kLeave:
      return "/leave";
    case CtlCommand::kForget:
      return "/forget?id=" + options.id;
  }
  return {};
}

}  // namespace vf::ctl
