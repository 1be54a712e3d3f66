#include "tools/cluster-sim/checkers/sync_completes.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/absences.h"
#include "tools/cluster-sim/checkers/copies_of_key.h"
#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {
namespace {

void CheckBound(const Evidence& evidence, Findings& findings) {
  const History& history = evidence.history;
  SimTime calm = history.faults_end;
  for (const FaultRecord& fault : history.faults) calm = std::max(calm, fault.to);
  const SimTime deadline = Later(calm, evidence.spec.sync_bound);
  if (deadline > history.end) return;
  const DivergenceSample* last = nullptr;
  for (const DivergenceSample& sample : history.divergence) {
    if (sample.at < calm || sample.at > deadline) continue;
    if (sample.keys == 0) return;
    last = &sample;
  }
  findings.Add(
      deadline,
      "the last fault ended at " + TimeText(calm) + ", but by then divergence was never 0: " +
          (last == nullptr ? std::string("no figure was taken")
                           : "last " + std::to_string(last->keys) + " at " + TimeText(last->at)));
}

bool Contains(const std::vector<ProcessNumber>& processes, ProcessNumber process) {
  return std::find(processes.begin(), processes.end(), process) != processes.end();
}

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence),
        key_(key),
        events_(evidence.index.Key(key)),
        copies_(evidence, events_),
        absences_(evidence, events_),
        findings_(findings) {}

  void Judge() {
    for (const std::uint32_t i : events_.sync_reports)
      JudgeReport(evidence_.history.sync_reports[i]);
  }

 private:
  void JudgeReport(const SyncReport& report) {
    const CopySample* held = copies_.FirstFrom(report.process, report.at);
    const CopySample* needed = nullptr;
    for (const auto& [process, samples] : copies_.all()) {
      if (!Contains(report.passed, process)) continue;
      const CopySample* sample = copies_.LastUntil(process, report.began);
      if (sample == nullptr || !sample->owner || !sample->in_sync || !sample->record) continue;
      const ProcessLife* life = evidence_.index.LifeOf(process);
      if (life != nullptr && life->ended <= report.at) continue;
      const SeenView record = ViewOf(*sample->record);
      if (held != nullptr && evidence_.Has(held->record, record, report.at)) continue;
      if (needed == nullptr || CompareWrites(ViewOf(*needed->record), record) < 0) needed = sample;
    }
    if (needed == nullptr || absences_.MayBeForgotten(ViewOf(*needed->record), report.at)) return;
    std::string text = "process " + std::to_string(report.process) +
                       " calls its copy in sync by passes since " + TimeText(report.began);
    text += held == nullptr ? ", and no sample says what it holds"
                            : ", and holds " + RecordText(held->record);
    text += "; process " + std::to_string(needed->process) + ", an owner in sync, held " +
            RecordText(needed->record) + " before";
    findings_.AddOfKey(key_, report.at, std::move(text));
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  const CopiesOfKey copies_;
  const Absences absences_;
  Findings& findings_;
};

}  // namespace

void CheckSyncCompletes(const Evidence& evidence, Findings& findings) {
  if (evidence.spec.sync_bound > 0) CheckBound(evidence, findings);
  if (evidence.history.sync_reports.empty()) return;
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    if (!evidence.index.Key(key).sync_reports.empty()) KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
