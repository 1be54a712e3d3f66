#include "tools/cluster-sim/main_membership_line.h"

#include <absl/status/status.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/cluster-sim/main_options.h"
#include "tools/cluster-sim/membership/membership_fault.h"
#include "tools/cluster-sim/report/result_names.h"

namespace vf::sim {
namespace {

constexpr int kMaxTrials = 1'000'000;
constexpr Duration kLongest = hours(24 * 7);

std::vector<std::string_view> ProfileNames() {
  std::vector<std::string_view> names;
  for (const Profile profile : kProfiles) names.push_back(ProfileName(profile));
  return names;
}

std::vector<std::string_view> ModeNames() {
  std::vector<std::string_view> names;
  for (const TableMode mode : kTableModes) names.push_back(TableModeName(mode));
  return names;
}

// Of those that `has` picks.
template <typename Has>
std::vector<std::string_view> FaultNames(const Has& has) {
  std::vector<std::string_view> names;
  for (const MembershipFaultTraits& traits : AllMembershipFaults()) {
    if (has(traits)) names.push_back(traits.name);
  }
  return names;
}

std::vector<std::string_view> AllFaultNames() {
  return FaultNames([](const MembershipFaultTraits&) { return true; });
}

// "lan, cloud or wan".
std::string Listed(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

// One of the names; `set` gets its place among them.
CommandLine::SetValue NameSetter(std::vector<std::string_view> names,
                                 std::function<void(std::size_t)> set) {
  return [names = std::move(names), set = std::move(set)](std::string_view text) -> absl::Status {
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] != text) continue;
      set(i);
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError("must be " + Listed(names));
  };
}

// An option that only some faults have.
template <typename Has>
absl::Status CheckHas(const char* option, bool given, const MembershipSpec& spec, const Has& has) {
  const MembershipFaultTraits& fault = TraitsOf(spec.fault);
  if (!given || has(fault)) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(option) + ": --fault " + std::string(fault.name) +
                                    " has none; give --fault " + Listed(FaultNames(has)) + " too");
}

// Whether there is memory for so many tables.
absl::Status CheckTables(const MembershipOptions& options) {
  const MembershipSpec& spec = options.spec;
  const auto wrong = [](std::string text) { return absl::InvalidArgumentError(std::move(text)); };
  const bool join = spec.fault == MembershipFault::kJoin;
  if (join && spec.nodes + spec.faults > kMaxMembershipNodes) {
    return wrong("--nodes: '" + std::to_string(spec.nodes) + "' and those that join, '" +
                 std::to_string(spec.faults) + "' (--faults), must be at most " +
                 std::to_string(kMaxMembershipNodes) + " together");
  }
  if (options.mode && IsRival(spec.profile)) {
    return wrong("--mode: --profile " + std::string(ProfileName(spec.profile)) +
                 " has none; it is of lan, lan-1s, cloud and wan");
  }
  const std::int64_t bytes = TableBytesOf(spec);
  if (bytes <= kMaxTableBytes) return absl::OkStatus();
  const std::string limit = "takes some " + GigabytesText(bytes) + " of memory; must be at most " +
                            GigabytesText(kMaxTableBytes) + ": give ";
  if (spec.tables == TableMode::kFull) {
    return wrong("--mode: 'full' with '" + std::to_string(spec.nodes) + "' members, " + limit +
                 "--mode scale or fewer --nodes");
  }
  return wrong("--faults: '" + std::to_string(spec.faults) + "' with '" +
               std::to_string(spec.nodes) + "' members, " + limit + "fewer of either");
}

absl::Status Check(const MembershipOptions& options) {
  const MembershipSpec& spec = options.spec;
  using Traits = MembershipFaultTraits;
  for (const absl::Status& status : {
           CheckHas("--faults", options.faults, spec,
                    [](const Traits& f) { return f.fault != MembershipFault::kNone; }),
           CheckHas("--off", spec.off.has_value(), spec,
                    [](const Traits& f) { return f.off.has_value(); }),
           CheckHas("--on", spec.on.has_value(), spec,
                    [](const Traits& f) { return f.on.has_value(); }),
           CheckHas("--cost", spec.cost.has_value(), spec,
                    [](const Traits& f) { return f.cost.has_value(); }),
           CheckHas("--severity", options.severity, spec,
                    [](const Traits& f) { return f.has_severity; }),
           CheckHas("--islands", options.islands, spec,
                    [](const Traits& f) { return f.fault == MembershipFault::kCut; }),
           CheckHas("--never-met", spec.never_met, spec,
                    [](const Traits& f) { return f.fault == MembershipFault::kCut; }),
       }) {
    if (!status.ok()) return status;
  }
  if (spec.never_met && IsRival(spec.profile)) {
    return absl::InvalidArgumentError("--never-met: --profile " +
                                      std::string(ProfileName(spec.profile)) +
                                      " has none; it is of lan, lan-1s, cloud and wan");
  }
  if (spec.fault != MembershipFault::kNone && spec.faults >= spec.nodes) {
    return absl::InvalidArgumentError("--faults: '" + std::to_string(spec.faults) +
                                      "' leaves nobody to notice; must be less than --nodes, " +
                                      std::to_string(spec.nodes));
  }
  if (const absl::Status status = CheckTables(options); !status.ok()) return status;
  const std::int64_t apart = std::int64_t{spec.faults} * (spec.islands - 1);
  if (spec.fault == MembershipFault::kCut && apart >= spec.nodes) {
    return absl::InvalidArgumentError(
        "--islands: all but one have '" + std::to_string(spec.faults) +
        "' members (--faults), which leaves nobody for that one; must be less than --nodes, " +
        std::to_string(spec.nodes) + ", together");
  }
  return absl::OkStatus();
}

void AddFaultOptions(CommandLine& line, MembershipOptions& options) {
  MembershipSpec& spec = options.spec;
  line.AddOption("--fault", "NAME", Listed(AllFaultNames()) + " (default)",
                 NameSetter(AllFaultNames(), [&spec](std::size_t place) {
                   spec.fault = AllMembershipFaults()[place].fault;
                 }));
  line.AddOption("--faults", "F",
                 "Members that the fault strikes, all at the same moment, or that join; cut: of "
                 "an island; default 1",
                 WholeSetter(1, kMaxMembershipNodes, [&options](std::uint64_t value) {
                   options.spec.faults = static_cast<int>(value);
                   options.faults = true;
                 }));
  line.AddOption(
      "--off", "D", "How long anomaly, stop, starve, deaf or cut last",
      DurationSetter(microseconds(1), kLongest, [&spec](Duration value) { spec.off = value; }));
  line.AddOption(
      "--on", "D", "How long anomaly, stop, starve or deaf stay away until they come again",
      DurationSetter(microseconds(1), kLongest, [&spec](Duration value) { spec.on = value; }));
  line.AddOption(
      "--cost", "D",
      "CPU that a starved member pays for each message and each turn of its timers; default 1ms",
      DurationSetter(microseconds(1), kLongest, [&spec](Duration value) { spec.cost = value; }));
  line.AddOption("--severity", "P", "Share of the packets that lossy members lose; default 0.8",
                 ShareSetter([&options](double value) {
                   options.spec.severity = value;
                   options.severity = true;
                 }));
  line.AddOption("--islands", "N",
                 "Parts that cut makes, all but one of --faults members; default 2",
                 WholeSetter(2, kMaxIslands, [&options](std::uint64_t value) {
                   options.spec.islands = static_cast<int>(value);
                   options.islands = true;
                 }));
  line.AddFlag("--never-met",
               "The islands of cut begin apart; their members know each other and one contact",
               [&spec](bool given) { spec.never_met = given; });
}

}  // namespace

CommandLine MakeMembershipLine(MembershipOptions& options) {
  MembershipSpec& spec = options.spec;
  CommandLine line = MakeCommandLine(
      "membership",
      "How fast many members learn of one event, how calm they stay, and what it costs",
      "Example: cluster-sim membership --nodes 1000 --fault process-crash --trials 20\n"
      "Exit status: 0 fine, 2 usage, 127 crash");
  line.AddOption("--nodes", "N", "Members; default 100",
                 WholeSetter(2, kMaxMembershipNodes, [&spec](std::uint64_t value) {
                   spec.nodes = static_cast<int>(value);
                 }));
  line.AddOption(
      "--profile", "NAME", Listed(ProfileNames()) + "; default lan",
      NameSetter(ProfileNames(), [&spec](std::size_t place) { spec.profile = kProfiles[place]; }));
  line.AddOption("--mode", "NAME",
                 Listed(ModeNames()) +
                     ": what members agree on is held once, or each has a table of its own; equal "
                     "runs; default scale",
                 NameSetter(ModeNames(), [&options](std::size_t place) {
                   options.spec.tables = kTableModes[place];
                   options.mode = true;
                 }));
  AddFaultOptions(line, options);
  line.AddOption("--loss", "P", "Share of the datagrams that are lost, 0 to 1; default 0",
                 ShareSetter([&spec](double value) { spec.loss = value; }));
  line.AddOption("--duration", "D",
                 "Virtual time of a trial from the fault on, as 60s; default: until all know, at "
                 "most 5 minutes; other faults: docs/simulator.md",
                 DurationSetter(milliseconds(1), kLongest,
                                [&spec](Duration value) { spec.duration = value; }));
  line.AddOption("--trials", "T", "How often; default 1",
                 WholeSetter(1, kMaxTrials, [&spec](std::uint64_t value) {
                   spec.trials = static_cast<int>(value);
                 }));
  line.AddOption("--seed", "S", "The number that everything is drawn from; default 1",
                 SeedSetter([&spec](std::uint64_t value) { spec.seed = value; }));
  line.AddFlag("--packets", "Count packets by what they are for; slower",
               [&spec](bool given) { spec.packets = given; });
  line.AddOption("--json", "FILE", "Write the result there, - for stdout",
                 FileSetter(options.json));
  line.SetFinalCheck([&options] { return Check(options); });
  return line;
}

}  // namespace vf::sim
