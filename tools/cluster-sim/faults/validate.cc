#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/cluster_limits.h"
#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/number_text.h"
#include "tools/cluster-sim/faults/scenario.h"

namespace vf::sim {
namespace {

absl::Status Wrong(const std::string& place, const std::string& given, const std::string& right) {
  return absl::InvalidArgumentError(place + ": " + given + "; must be " + right);
}

absl::Status CheckWhole(const std::string& place, int value, int least, int most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Wrong(place, std::to_string(value),
               "a whole number, " + std::to_string(least) + " to " + std::to_string(most));
}

absl::Status CheckNumber(const std::string& place, double value, double least, double most) {
  if (value >= least && value <= most) return absl::OkStatus();  // False for a NaN.
  return Wrong(place, NumberText(value), NumberText(least) + " to " + NumberText(most));
}

absl::Status CheckDuration(const std::string& place, Duration value, Duration least,
                           Duration most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return Wrong(place, value < Duration(0) ? "a negative duration" : DurationText(value),
               DurationText(least) + " to " + DurationText(most));
}

absl::Status FirstWrong(std::initializer_list<absl::Status> statuses) {
  for (const absl::Status& status : statuses) {
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status CheckCluster(const RunSpec& spec) {
  absl::Status status = FirstWrong({
      CheckWhole("nodes", spec.nodes, 1, kMaxSimNodes),
      CheckWhole("controllers", spec.controllers, 0, kMaxSimControllers),
      CheckWhole("frontends", spec.frontends, 0, kMaxSimFrontends),
      CheckWhole("replicas", spec.replicas, 1, kMaxReplicas),
      CheckWhole("partition_digits", spec.partition_digits, kMinPartitionDigits,
                 kMaxPartitionDigits),
      CheckWhole("min_acks", spec.min_acks, 0, spec.replicas),
      CheckDuration("tombstone_age", spec.tombstone_age, seconds(1), hours(24)),
      CheckDuration("duration", spec.duration, kLeastPhase, hours(24)),
      CheckDuration("converge_within", spec.converge_within, seconds(1), hours(24)),
  });
  if (status.ok() && spec.tombstone_age % seconds(1) != Duration(0)) {
    return Wrong("tombstone_age", DurationText(spec.tombstone_age), "whole seconds");
  }
  if (status.ok() && spec.seed > kMaxSeed) {
    return Wrong("seed", std::to_string(spec.seed), "below 2^53");
  }
  if (status.ok() && spec.scenario.empty()) return Wrong("scenario", "no name", "a name");
  return status;
}

absl::Status CheckLatency(const std::string& place, const LatencySpec& latency) {
  return FirstWrong({CheckDuration(place + ".median", latency.median, microseconds(1), seconds(10)),
                     CheckDuration(place + ".p99", latency.p99,
                                   std::max<Duration>(latency.median, Duration(1)), seconds(100))});
}

absl::Status CheckNetwork(const NetworkSpec& network) {
  return FirstWrong({CheckLatency("network.latency", network.latency),
                     CheckWhole("network.zones", network.zones, 1, kMaxZones),
                     CheckLatency("network.between_zones", network.between_zones),
                     CheckNumber("network.loss", network.loss, 0, 1),
                     CheckNumber("network.duplicate", network.duplicate, 0, 1),
                     CheckNumber("network.reorder", network.reorder, 0, 1)});
}

absl::Status CheckWorkload(const WorkloadSpec& work) {
  absl::Status status = FirstWrong({
      CheckWhole("workload.clients", work.clients, 0, kMaxClients),
      CheckNumber("workload.operations_per_s", work.operations_per_s, 0.01, 100'000),
      CheckNumber("workload.unique_writes", work.unique_writes, 0, 1),
      CheckNumber("workload.overwrites", work.overwrites, 0, 1),
      CheckNumber("workload.deletes", work.deletes, 0, 1),
      CheckWhole("workload.hot_keys", work.hot_keys, 1, 1'000'000),
      CheckNumber("workload.expiring", work.expiring, 0, 1),
      CheckNumber("workload.named_acks", work.named_acks, 0, 1),
      CheckNumber("workload.quorum_reads", work.quorum_reads, 0, 1),
      CheckWhole("workload.max_value_bytes", work.max_value_bytes, kLeastValueBytes,
                 kMostValueBytes),
  });
  if (!status.ok()) return status;
  const double sum = work.unique_writes + work.overwrites + work.deletes;
  if (sum > 1 + 1e-9) {
    return Wrong("workload", "unique_writes, overwrites and deletes add up to " + NumberText(sum),
                 "at most 1 together: what is left are reads");
  }
  return absl::OkStatus();
}

// When hosts join, in the order of their numbers.
std::vector<Duration> JoinsOf(const RunSpec& spec) {
  std::vector<Duration> joins;
  for (const FaultEvent& fault : spec.faults) {
    if (fault.kind == FaultKind::kJoin) joins.push_back(fault.at);
  }
  std::sort(joins.begin(), joins.end());
  return joins;
}

absl::Status CheckHosts(const std::string& place, const RunSpec& spec, const FaultEvent& fault,
                        const FaultTraits& traits) {
  if (!traits.takes_hosts && !fault.hosts.empty()) {
    return Wrong(place + ".hosts", "some are named", "left out: the fault strikes nobody there");
  }
  if (traits.needs_hosts && fault.hosts.empty()) {
    return Wrong(place + ".hosts", "none are named", R"(at least one, as in ["node-0"])");
  }
  std::vector<int> sorted = fault.hosts;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    return Wrong(place + ".hosts", "one is named twice", "different hosts");
  }
  const int all = HostCountWithJoins(spec);
  if (!sorted.empty() && (sorted.front() < 0 || sorted.back() >= all)) {
    return Wrong(place + ".hosts", "there is no such host",
                 "one of node-0 to " + HostName(spec, all - 1));
  }
  const std::vector<Duration> joins = JoinsOf(spec);
  for (const int host : sorted) {
    if (host < HostCount(spec)) continue;
    if (fault.at <= joins[static_cast<std::size_t>(host - HostCount(spec))]) {
      return Wrong(place + ".hosts", HostName(spec, host) + " has not joined by then",
                   "one that has");
    }
  }
  const bool separates = fault.kind == FaultKind::kCut || fault.kind == FaultKind::kCutOneWay ||
                         fault.kind == FaultKind::kUdpBlocked ||
                         fault.kind == FaultKind::kTcpBlocked;
  if (separates && static_cast<int>(sorted.size()) == all) {
    return Wrong(place + ".hosts", "all hosts are named", "not all: some are cut from the others");
  }
  return absl::OkStatus();
}

bool EndsForGood(FaultKind kind) {
  return kind == FaultKind::kProcessCrash || kind == FaultKind::kFrontendCrash ||
         kind == FaultKind::kHostCrash || kind == FaultKind::kLeave;
}

// What a single process is told; it must be there then. A planned leave takes its time, and may be
// struck meanwhile.
bool StrikesProcess(FaultKind kind) {
  return EndsForGood(kind) || kind == FaultKind::kPlannedLeave || kind == FaultKind::kRestart ||
         kind == FaultKind::kPause || kind == FaultKind::kSafeRestarts;
}

absl::Status CheckFault(const std::string& place, const RunSpec& spec, const FaultEvent& fault) {
  const FaultTraits& traits = TraitsOf(fault.kind);
  if (absl::Status status = CheckHosts(place, spec, fault, traits); !status.ok()) return status;
  if (traits.strength.empty()) {
    if (fault.strength != 0) return Wrong(place + ".strength", "given", "left out: it has none");
  } else if (absl::Status status =
                 CheckNumber(place + ".strength", fault.strength, traits.least, traits.most);
             !status.ok()) {
    return status;
  }
  if (fault.at < Duration(0) || fault.at >= spec.duration) {
    return Wrong(place + ".at", "not within the first phase",
                 "0s to less than the duration, " + DurationText(spec.duration));
  }
  if (!traits.lasts) {
    if (fault.lasts != Duration(0)) {
      return Wrong(place + ".lasts", "given", "left out: it happens once");
    }
  } else if (fault.lasts <= Duration(0) || fault.at + fault.lasts > spec.duration) {
    return Wrong(
        place + ".lasts", fault.lasts < Duration(0) ? "negative" : DurationText(fault.lasts),
        "more than 0s, and at + lasts at most the duration, " + DurationText(spec.duration));
  }
  return absl::OkStatus();
}

absl::Status CheckFaults(const RunSpec& spec) {
  if (spec.faults.size() > kMaxFaultEvents) {
    return Wrong("faults", std::to_string(spec.faults.size()),
                 "at most " + std::to_string(kMaxFaultEvents));
  }
  std::vector<Duration> gone(static_cast<std::size_t>(HostCountWithJoins(spec)), Duration::max());
  const auto place_of = [&](std::size_t i) {
    return "faults[" + std::to_string(i) + "] (" + std::string(TraitsOf(spec.faults[i].kind).name) +
           ")";
  };
  for (std::size_t i = 0; i < spec.faults.size(); ++i) {
    const FaultEvent& fault = spec.faults[i];
    if (absl::Status status = CheckFault(place_of(i), spec, fault); !status.ok()) return status;
    if (!EndsForGood(fault.kind)) continue;
    for (const int host : fault.hosts) {
      Duration& since = gone[static_cast<std::size_t>(host)];
      since = std::min(since, fault.at);
    }
  }
  std::vector<bool> ended(gone.size(), false);
  for (std::size_t i = 0; i < spec.faults.size(); ++i) {
    const FaultEvent& fault = spec.faults[i];
    if (!StrikesProcess(fault.kind)) continue;
    for (const int host : fault.hosts) {
      const auto index = static_cast<std::size_t>(host);
      const bool first = EndsForGood(fault.kind) && fault.at == gone[index] && !ended[index];
      if (first) ended[index] = true;
      if (!first && fault.at + fault.lasts >= gone[index]) {
        return Wrong(place_of(i), HostName(spec, host) + " has crashed or left for good by then",
                     "over before that");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateRunSpec(const RunSpec& spec) {
  absl::Status status = CheckCluster(spec);
  if (status.ok()) status = CheckNetwork(spec.network);
  if (status.ok()) status = CheckWorkload(spec.workload);
  if (status.ok()) status = CheckFaults(spec);
  if (status.ok() && spec.workload.clients > 0 && ClientHosts(spec).empty()) {
    return Wrong("faults", "every node and frontend is struck by one that ends requests half done",
                 "so that clients are left one, or with workload.clients 0");
  }
  return status;
}

}  // namespace vf::sim
