#include "tools/cluster-sim/run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "gossip/config.h"
#include "tools/cluster-sim/checkers/judge.h"
#include "tools/cluster-sim/cluster_run.h"
#include "tools/cluster-sim/faults/hosts.h"

namespace vf::sim {
namespace {

// For probes that are held up and news that is lost once or twice.
constexpr Duration kDetectionSlack = seconds(2);

bool IsRead(OperationKind kind) {
  return kind == OperationKind::kRead || kind == OperationKind::kLocalRead;
}

void CountOperations(const History& history, RunResult& result) {
  for (const Operation& operation : history.operations) {
    const bool ok = operation.outcome == Outcome::kOk;
    if (IsRead(operation.kind)) {
      ++(ok ? result.reads : result.reads_failed);
    } else if (ok) {
      ++result.writes_acked;
    } else if (operation.outcome == Outcome::kUnknown) {
      ++result.writes_unknown;
    }
  }
}

Duration DivergentFor(const History& history) {
  SimTime last = history.faults_end;
  for (const DivergenceSample& sample : history.divergence) {
    if (sample.keys > 0) last = std::max(last, sample.at);
  }
  return Duration(last - history.faults_end);
}

// The most that a wall clock of the run is wrong by, whatever is done to it.
SimTime ClockSkew(const RunSpec& spec, SimTime length) {
  double skew_s = 0;
  for (const FaultEvent& fault : spec.faults) {
    const double strength = fault.strength < 0 ? -fault.strength : fault.strength;
    if (fault.kind == FaultKind::kClockOffset || fault.kind == FaultKind::kClockJump) {
      skew_s += strength;
    } else if (fault.kind == FaultKind::kClockDrift) {
      skew_s += strength * 1e-6 * static_cast<double>(length) * 1e-9;
    }
  }
  return static_cast<SimTime>(skew_s * 1e9);
}

// By when everybody must know of a death: the longest wait for the probe that fails, with one at a
// time and every member in turn, and the longest suspicion, of one accuser alone.
SimTime DetectionBound(const RunSpec& spec) {
  const SwimConfig config = SwimConfig::Lan();
  const int members = HostCount(spec) + static_cast<int>(spec.faults.size());  // if all are joins
  int digits = 1;
  for (int rest = members; rest >= 10; rest /= 10) ++digits;  // at least the logarithm
  const Duration probe = std::min<Duration>(2 * members * config.probe_interval, seconds(10));
  const Duration suspicion =
      config.suspicion_alpha * config.suspicion_beta * digits * config.probe_interval;
  return (probe + suspicion + kDetectionSlack).count();
}

JudgeSpec JudgeSpecOf(const RunSpec& spec, const History& history, int storage_processes) {
  JudgeSpec judge;
  judge.owners = std::min(spec.replicas, storage_processes);
  judge.replicas = spec.replicas;
  judge.clients_apart = spec.workload.in_cuts;
  judge.clock_skew = ClockSkew(spec, history.end);
  judge.tombstone_age = Duration(spec.tombstone_age).count();
  judge.detection_bound = DetectionBound(spec);
  const WorkloadSpec& work = spec.workload;
  if (work.unique_writes + work.overwrites <= 0) judge.least_writes = 0;
  // So few are meant that there may well be none.
  constexpr double kSurely = 20;
  const double operations = work.clients * work.operations_per_s * ToSeconds(spec.duration);
  if (work.deletes * operations < kSurely) judge.least_deletes = 0;
  if (work.unique_writes + work.overwrites + work.deletes >= 1) judge.least_reads = 0;
  if (history.operations.empty()) {
    std::erase(judge.checkers, Checker::kLoadGate);
  }
  return judge;
}

}  // namespace

RunResult RunCluster(const RunSpec& spec, const ProgressFn& progress) {
  RunResult result;
  result.spec = spec;
  ClusterRun run(spec, progress);
  const std::string never_served = run.Run();
  result.trace_hash = run.trace_hash();
  result.events = run.events();
  result.virtual_time = run.passed();
  result.unrest = run.unrest();
  result.joins = run.joins();
  const int storage_processes = run.storage_processes();
  History history = run.TakeHistory();
  CountOperations(history, result);
  result.divergent_for = DivergentFor(history);
  result.converged = history.converged_at != kNotYet;
  if (result.converged)
    result.converged_after = Duration(history.converged_at - history.faults_end);
  if (!history.divergence.empty()) result.divergence_final = history.divergence.back().keys;
  if (never_served.empty()) {
    Verdict verdict = Judge(history, JudgeSpecOf(spec, history, storage_processes));
    result.violations = std::move(verdict.violations);
    result.stale_reads = verdict.counts.stale_reads;
    result.stale_quorums = verdict.counts.stale_quorums;
    result.conflicts = verdict.counts.conflicts;
    result.excused_losses = verdict.counts.excused_losses;
    for (const std::string& refusal : run.refusals()) {
      // No scenario starts a process that does not belong to the cluster.
      result.violations.push_back({"start", {}, run.now(), refusal, {}});
    }
  } else {
    result.violations.push_back(
        {"start", {}, history.end, "the cluster did not begin to serve: " + never_served, {}});
  }
  if (spec.keep_history) {
    result.history = std::move(history);
    result.process_hosts = run.ProcessHosts();
  }
  return result;
}

}  // namespace vf::sim
