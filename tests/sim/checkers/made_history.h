// Histories made by hand, in few words: times in seconds, versions small numbers.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/checkers/judge.h"

namespace vf::sim {

inline SimTime At(double seconds) { return static_cast<SimTime>(seconds * 1e9 + 0.5); }

inline constexpr std::uint64_t kEpochMs = 1'700'000'000'000;
// The unix time of a moment.
inline std::uint64_t WallMs(double seconds) {
  return kEpochMs + static_cast<std::uint64_t>(seconds * 1e3 + 0.5);
}

inline SeenRecord Value(std::string value, std::uint64_t version, std::uint64_t expiry_ms = 0) {
  return {version, false, expiry_ms, std::move(value)};
}
inline SeenRecord Tombstone(std::uint64_t version) { return {version, true, 0, {}}; }

// Runs from 0 to 100 s and converges at 90 s. Key "k", client 1 and frontend 0 unless said.
class MadeHistory {
 public:
  MadeHistory() {
    history.epoch_ms = kEpochMs;
    history.workload_began = 0;
    history.faults_end = At(60);
    history.converged_at = At(90);
    history.end = At(100);
  }

  Operation& Write(std::string value, std::uint64_t version, double began, double ended) {
    Operation& operation = Add(OperationKind::kWrite, began, ended);
    operation.value = std::move(value);
    operation.version = version;
    return operation;
  }
  Operation& UnknownWrite(std::string value, double began, double ended) {
    Operation& operation = Write(std::move(value), 0, began, ended);
    operation.outcome = Outcome::kUnknown;
    return operation;
  }
  Operation& RefusedWrite(std::string value, double began, double ended) {
    Operation& operation = Write(std::move(value), 0, began, ended);
    operation.outcome = Outcome::kRefused;
    return operation;
  }
  Operation& Delete(std::uint64_t version, double began, double ended) {
    Operation& operation = Add(OperationKind::kDelete, began, ended);
    operation.version = version;
    return operation;
  }
  Operation& UnknownDelete(double began, double ended) {
    Operation& operation = Delete(0, began, ended);
    operation.outcome = Outcome::kUnknown;
    return operation;
  }
  Operation& Read(std::string value, std::uint64_t version, double began, double ended) {
    Operation& operation = Add(OperationKind::kRead, began, ended);
    operation.found = true;
    operation.value = std::move(value);
    operation.version = version;
    return operation;
  }
  Operation& ReadNothing(double began, double ended) {
    return Add(OperationKind::kRead, began, ended);
  }

  CopySample& Sample(double at, ProcessNumber process, std::optional<SeenRecord> record) {
    history.samples.push_back({At(at), process, "k", std::move(record), true, true});
    return history.samples.back();
  }
  // What owners in sync hold in the end: processes 0, 1, ...
  void Owners(std::initializer_list<std::optional<SeenRecord>> records) {
    ProcessNumber process = 0;
    for (const auto& record : records) {
      history.final_copies.push_back({process++, "k", true, true, record});
    }
    if (history.divergence.empty()) Divergence(100, 0);
  }
  FinalCopy& LastOwner() { return history.final_copies.back(); }
  void Gone(double at, std::uint64_t version) {
    history.holders_gone.push_back({At(at), "k", version});
  }
  Drop& Dropped(double at, ProcessNumber process, DropReason why) {
    Drop drop;
    drop.at = At(at);
    drop.process = process;
    drop.key = "k";
    drop.why = why;
    return *history.drops.insert(history.drops.end(), std::move(drop));
  }
  void InSync(double began, double at, ProcessNumber process, std::vector<ProcessNumber> passed) {
    history.sync_reports.push_back({At(at), At(began), process, "k", std::move(passed)});
  }
  void Divergence(double at, std::uint64_t keys) { history.divergence.push_back({At(at), keys}); }

  ProcessEvent& Life(double at, ProcessNumber process, LifeEvent what) {
    const ProcessEvent event{At(at), process, what};
    return *history.lives.insert(history.lives.end(), event);
  }
  // Processes 0 to `processes` - 1 start at 0 s and are ready at 1 s.
  void Start(ProcessNumber processes) {
    for (ProcessNumber i = 0; i < processes; ++i) Life(0, i, LifeEvent::kStarted);
    for (ProcessNumber i = 0; i < processes; ++i) Life(1, i, LifeEvent::kReady);
  }
  void Believes(double at, ProcessNumber observer, ProcessNumber subject, BelievedState state) {
    history.beliefs.push_back({At(at), observer, subject, state});
  }
  void View(ProcessNumber process, std::vector<ProcessNumber> alive, std::uint64_t hash = 7) {
    history.final_views.push_back({process, std::move(alive), hash});
  }
  FaultRecord& Fault(std::string kind, double from, double to,
                     std::vector<ProcessNumber> processes = {}) {
    FaultRecord& fault = history.faults.emplace_back();
    fault.kind = std::move(kind);
    fault.from = At(from);
    fault.to = At(to);
    fault.struck = 1;
    fault.processes = std::move(processes);
    return fault;
  }

  History history;

 private:
  Operation& Add(OperationKind kind, double began, double ended) {
    Operation& operation = history.operations.emplace_back();
    operation.client = 1;
    operation.kind = kind;
    operation.key = "k";
    operation.began = At(began);
    operation.ended = At(ended);
    operation.outcome = Outcome::kOk;
    return operation;
  }
};

// What one checker says.
inline Verdict JudgeBy(Checker checker, const MadeHistory& made, JudgeSpec spec = {}) {
  spec.checkers = {checker};
  return Judge(made.history, spec);
}

inline std::vector<std::string> Texts(const Verdict& verdict) {
  std::vector<std::string> texts;
  for (const Violation& violation : verdict.violations) texts.push_back(violation.text);
  return texts;
}

}  // namespace vf::sim
