#include "tools/cluster-sim/faults/hosts.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace vf::sim {
namespace {

struct Group {
  std::string_view name;
  int first = 0;
  int count = 0;
};

std::array<Group, 4> Groups(const RunSpec& spec) {
  const int first = HostCount(spec);
  return {{{"node-", 0, spec.nodes},
           {"controller-", spec.nodes, spec.controllers},
           {"frontend-", spec.nodes + spec.controllers, spec.frontends},
           {"joined-", first, HostCountWithJoins(spec) - first}}};
}

}  // namespace

int HostCount(const RunSpec& spec) { return spec.nodes + spec.controllers + spec.frontends; }

int HostCountWithJoins(const RunSpec& spec) {
  const auto joins =
      std::count_if(spec.faults.begin(), spec.faults.end(),
                    [](const FaultEvent& fault) { return fault.kind == FaultKind::kJoin; });
  return HostCount(spec) + static_cast<int>(joins);
}

std::string HostName(const RunSpec& spec, int host) {
  for (const Group& group : Groups(spec)) {
    if (host >= group.first && host < group.first + group.count) {
      return std::string(group.name) + std::to_string(host - group.first);
    }
  }
  return "joined-" + std::to_string(host - HostCount(spec));
}

std::optional<int> HostNamed(const RunSpec& spec, std::string_view name) {
  for (const Group& group : Groups(spec)) {
    if (name.substr(0, group.name.size()) != group.name) continue;
    const std::string_view digits = name.substr(group.name.size());
    if (digits.empty() || digits.size() > 6 || (digits.size() > 1 && digits[0] == '0')) continue;
    int number = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      number = number * 10 + (c - '0');
    }
    if (number < group.count) return group.first + number;
  }
  return std::nullopt;
}

std::vector<int> ClientHosts(const RunSpec& spec) {
  std::vector<bool> harmed(static_cast<std::size_t>(HostCount(spec)), false);
  for (const FaultEvent& fault : spec.faults) {
    if (!TraitsOf(fault.kind).harms_clients) continue;
    const bool cuts = fault.kind == FaultKind::kCut || fault.kind == FaultKind::kCutOneWay;
    if (cuts && spec.workload.in_cuts) continue;
    if (fault.hosts.empty()) return {};
    for (const int host : fault.hosts) {
      if (host < HostCount(spec)) harmed.at(static_cast<std::size_t>(host)) = true;
    }
  }
  std::vector<int> hosts;
  for (int host = 0; host < HostCount(spec); ++host) {
    const bool serves = IsNode(spec, host) || host >= spec.nodes + spec.controllers;
    if (serves && !harmed[static_cast<std::size_t>(host)]) hosts.push_back(host);
  }
  return hosts;
}

}  // namespace vf::sim
