#include "tests/sim/report/sample_run.h"

#include <algorithm>
#include <string>

#include "base/rng.h"
#include "tools/cluster-sim/faults/hosts.h"

namespace vf::sim {
namespace {

constexpr SimTime kMs = 1'000'000;
constexpr SimTime kSecond = 1'000 * kMs;

void AddBeliefs(RunResult& run, ProcessNumber subject, BelievedState state, SimTime at) {
  const auto processes = static_cast<ProcessNumber>(run.process_hosts.size());
  for (ProcessNumber observer = 0; observer < processes; ++observer) {
    if (observer == subject) continue;
    run.history.beliefs.push_back({at + observer * 20 * kMs, observer, subject, state});
  }
}

void AddLives(RunResult& run) {
  History& history = run.history;
  const auto hosts = static_cast<ProcessNumber>(HostCount(run.spec));
  for (ProcessNumber host = 0; host < hosts; ++host) {
    run.process_hosts.push_back(HostName(run.spec, static_cast<int>(host)));
    history.lives.push_back({host * 100 * kMs / hosts * 10, host, LifeEvent::kStarted});
  }
  for (ProcessNumber host = 0; host < hosts; ++host) {
    history.lives.push_back({(2000 + host * 700 / hosts) * kMs, host, LifeEvent::kReady});
  }
  history.lives.push_back({20 * kSecond, 1, LifeEvent::kPaused});
  AddBeliefs(run, 1, BelievedState::kSuspect, 20'400 * kMs);
  AddBeliefs(run, 1, BelievedState::kDead, 22'000 * kMs);
  history.lives.push_back({26 * kSecond, 1, LifeEvent::kResumed});
  AddBeliefs(run, 1, BelievedState::kAlive, 26'200 * kMs);
  history.lives.push_back({30 * kSecond, 2, LifeEvent::kCrashed});
  AddBeliefs(run, 2, BelievedState::kSuspect, 30'300 * kMs);
  AddBeliefs(run, 2, BelievedState::kDead, 31'500 * kMs);
  run.process_hosts.push_back("node-2");
  history.lives.push_back({40 * kSecond, hosts, LifeEvent::kStarted});
  history.lives.push_back({43 * kSecond, hosts, LifeEvent::kReady});
  history.lives.push_back({50 * kSecond, 3, LifeEvent::kLeft});
  AddBeliefs(run, 3, BelievedState::kLeft, 50'010 * kMs);
}

void AddOperations(RunResult& run, const SampleOptions& options) {
  Rng rng(7);
  const std::int64_t count = std::int64_t{options.operations_per_s} * (options.seconds - 6);
  for (std::int64_t i = 0; i < count; ++i) {
    Operation operation;
    operation.began = 4 * kSecond + i * kSecond / options.operations_per_s;
    operation.kind = rng.Chance(1, 2) ? OperationKind::kWrite : OperationKind::kRead;
    operation.key = "key " + std::to_string(i);
    const bool trouble = operation.began > 20 * kSecond && operation.began < 32 * kSecond;
    operation.outcome = Outcome::kOk;
    if (trouble && rng.Chance(1, 6)) {
      operation.outcome = rng.Chance(1, 4) ? Outcome::kRefused : Outcome::kUnknown;
    }
    const auto latency = static_cast<SimTime>(300 + rng.Uniform(trouble ? 250'000 : 1'200)) * 1000;
    operation.ended = operation.began + latency;
    run.history.operations.push_back(operation);
    const bool ok = operation.outcome == Outcome::kOk;
    if (operation.kind == OperationKind::kRead) {
      ++run.reads;
      run.reads_failed += ok ? 0 : 1;
    } else {
      ++(ok ? run.writes_acked : run.writes_unknown);
    }
  }
}

}  // namespace

RunResult SampleRun(const SampleOptions& options) {
  RunResult run;
  run.spec.seed = 17;
  run.spec.nodes = options.nodes;
  run.spec.keep_history = true;
  run.spec.faults = {{seconds(20), seconds(6), FaultKind::kPause, {1}, 0},
                     {seconds(10), seconds(35), FaultKind::kLoss, {}, 0.05},
                     {seconds(30), seconds(10), FaultKind::kRestart, {2}, 0},
                     {seconds(50), Duration(0), FaultKind::kLeave, {3}, 0}};
  AddLives(run);
  AddOperations(run, options);
  History& history = run.history;
  history.faults = {{"loss", 10 * kSecond, 45 * kSecond, 1234, "5 % of all datagrams", {}, 0.05},
                    {"pause", 20 * kSecond, 26 * kSecond, 1, "node-1", {1}, 0},
                    {"restart", 30 * kSecond, 40 * kSecond, 1, "node-2", {2}, 0},
                    {"leave", 50 * kSecond, 50 * kSecond, 1, "node-3", {3}, 0}};
  history.workload_began = 4 * kSecond;
  history.faults_end = 60 * kSecond;
  history.converged_at = 72 * kSecond;
  history.end = options.seconds * kSecond;
  for (SimTime at = 0; at < history.end; at += 250 * kMs) {
    const bool apart = at > 20 * kSecond && at < 72 * kSecond;
    const auto keys =
        static_cast<std::uint64_t>(apart ? std::max<SimTime>(0, (72 * kSecond - at) / kSecond) : 0);
    history.divergence.push_back({at, keys});
  }
  run.converged = true;
  run.events = 1'234'567;
  run.trace_hash = 0x0123456789abcdef;
  run.virtual_time = Duration(history.end);
  if (options.violations) {
    run.violations.push_back({"acked_writes",
                              "user/<b>42</b>&\"\n\xff",
                              31 * kSecond,
                              "version 12 was acknowledged and node-4 holds <nothing>",
                              {"30.1 s: client 3 writes \"x\"", "30.2 s: acknowledged & stored"}});
  }
  std::stable_sort(history.lives.begin(), history.lives.end(),
                   [](const ProcessEvent& a, const ProcessEvent& b) { return a.at < b.at; });
  std::stable_sort(history.beliefs.begin(), history.beliefs.end(),
                   [](const Belief& a, const Belief& b) { return a.at < b.at; });
  return run;
}

}  // namespace vf::sim
