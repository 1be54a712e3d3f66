#include "tools/cluster-sim/report/run_text.h"

#include <algorithm>
#include <cstddef>
#include <map>

#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/number_text.h"

namespace vf::sim {
namespace {

constexpr std::size_t kMostHosts = 8;  // named in one text

std::string Plural(int count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string LatencyText(const LatencySpec& latency) {
  return DurationText(latency.median) + " median, " + DurationText(latency.p99) + " p99";
}

}  // namespace

std::string ClusterText(const RunSpec& spec) {
  return Plural(spec.nodes, "node") + ", " + Plural(spec.controllers, "controller") + ", " +
         Plural(spec.frontends, "frontend") + ", K " + std::to_string(spec.replicas) + ", N " +
         std::to_string(spec.partition_digits) + ", min-acks " +
         (spec.min_acks == 0 ? "default" : std::to_string(spec.min_acks)) + ", tombstone age " +
         DurationText(spec.tombstone_age) +
         (spec.start == StartKind::kWarm ? ", warm start" : ", cold start") + ", faults for " +
         DurationText(spec.duration);
}

std::string WorkloadText(const WorkloadSpec& work) {
  if (work.clients == 0) return "no clients: members only";
  const double reads = 1 - work.unique_writes - work.overwrites - work.deletes;
  const auto percent = [](double share) {
    return NumberText(static_cast<double>(static_cast<int>(share * 1000 + 0.5)) / 10) + " %";
  };
  return Plural(work.clients, "client") + " of " + NumberText(work.operations_per_s) +
         " operations/s: " + percent(work.unique_writes) + " unique writes, " +
         percent(work.overwrites) + " overwrites of " + Plural(work.hot_keys, "key") + ", " +
         percent(work.deletes) + " deletes, " + percent(std::max(0.0, reads)) +
         " reads; values up to " + std::to_string(work.max_value_bytes) + " bytes";
}

std::string NetworkText(const NetworkSpec& network) {
  std::string text = "one-way delay " + LatencyText(network.latency);
  if (network.zones > 1) {
    text += "; " + std::to_string(network.zones) + " zones, between them " +
            LatencyText(network.between_zones);
  }
  for (const auto& [value, what] :
       {std::pair(network.loss, "lost"), std::pair(network.duplicate, "doubled"),
        std::pair(network.reorder, "reordered")}) {
    if (value > 0) text += "; " + NumberText(value) + " of the datagrams " + what;
  }
  return text;
}

std::string FaultText(const RunSpec& spec, const FaultEvent& fault) {
  const FaultTraits& traits = TraitsOf(fault.kind);
  std::string text(traits.name);
  if (!traits.strength.empty()) text += " " + NumberText(fault.strength);
  if (!fault.hosts.empty()) {
    text += " of ";
    for (std::size_t i = 0; i < fault.hosts.size(); ++i) {
      if (i == kMostHosts && fault.hosts.size() > kMostHosts + 1) {
        text += " and " + std::to_string(fault.hosts.size() - i) + " more";
        break;
      }
      text += (i == 0 ? "" : ", ") + HostName(spec, fault.hosts[i]);
    }
  }
  text += " at " + SecondsText(fault.at.count());
  if (traits.lasts) text += " for " + SecondsText(fault.lasts.count());
  return text;
}

std::vector<std::string> CheckersText(const RunResult& result) {
  std::map<std::string, int> counts;
  for (const Violation& violation : result.violations) ++counts[violation.checker];
  std::vector<std::string> texts;
  for (const auto& [checker, count] : counts) {
    texts.push_back(checker + (count == 1 ? "" : " (" + std::to_string(count) + ")"));
  }
  return texts;
}

std::string JoinsText(const RunResult& result) {
  constexpr std::size_t kMostJoins = 8;
  std::string text;
  for (std::size_t i = 0; i < result.joins.size() && i < kMostJoins; ++i) {
    const JoinFigures& join = result.joins[i];
    text += (i == 0 ? "" : "; ") + join.host + " had moved " + CountText(join.moved_bytes) +
            " bytes for a share of " + CountText(join.share_bytes);
  }
  if (result.joins.size() > kMostJoins) {
    text += " and " + std::to_string(result.joins.size() - kMostJoins) + " more";
  }
  return text;
}

std::string OutcomeText(const RunResult& result) {
  std::string text;
  if (!result.violations.empty()) {
    text = Plural(static_cast<int>(result.violations.size()), "violation") + ":";
    const std::vector<std::string> checkers = CheckersText(result);
    for (const std::string& checker : checkers) {
      text += (&checker == &checkers[0] ? " " : ", ") + checker;
    }
  }
  if (!result.converged) {
    text += (text.empty() ? "" : "; ") + std::string("did not converge within ") +
            DurationText(result.spec.converge_within);
    if (!result.unrest.empty()) text += ": " + result.unrest;
  }
  return text.empty() ? "fine" : text;
}

std::string CountText(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

std::string SecondsText(std::int64_t nanoseconds) {
  const bool negative = nanoseconds < 0;
  const std::int64_t ms = (negative ? -nanoseconds : nanoseconds) / 1'000'000;
  std::string text = (negative ? "-" : "") + std::to_string(ms / 1000);
  if (ms % 1000 != 0) {
    std::string decimals = std::to_string(1000 + ms % 1000).substr(1);
    while (decimals.back() == '0') decimals.pop_back();
    text += "." + decimals;
  }
  return text + " s";
}

}  // namespace vf::sim
