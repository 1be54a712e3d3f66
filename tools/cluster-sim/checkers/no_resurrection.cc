#include "tools/cluster-sim/checkers/no_resurrection.h"

#include <string>

#include "tools/cluster-sim/checkers/event_text.h"
#include "tools/cluster-sim/checkers/newest_acked.h"

namespace vf::sim {
namespace {

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence),
        key_(key),
        events_(evidence.index.Key(key)),
        absences_(evidence, events_, AckedKind::kAbsences),
        findings_(findings) {}

  void Judge() {
    if (absences_.writes().empty()) return;
    JudgeReads();
    JudgeCopies();
  }

 private:
  void JudgeReads() {
    for (const std::uint32_t i : events_.operations) {
      const Operation& read = evidence_.history.operations[i];
      const bool local = read.kind == OperationKind::kLocalRead;
      if (!local && read.kind != OperationKind::kRead) continue;
      if (read.outcome != Outcome::kOk || !read.found) continue;
      if (local && !evidence_.spec.judge_strays && !OwnerInTheEnd(read.frontend)) continue;
      Look(ViewOfAnswer(read), read.began, read.ended,
           "process " + std::to_string(read.frontend) + " answers with ");
    }
  }

  bool OwnerInTheEnd(ProcessNumber process) const {
    for (const std::uint32_t i : events_.final_copies) {
      const FinalCopy& copy = evidence_.history.final_copies[i];
      if (copy.process == process) return copy.owner;
    }
    return false;
  }

  void JudgeCopies() {
    const History& history = evidence_.history;
    for (const std::uint32_t i : events_.samples) {
      const CopySample& sample = history.samples[i];
      if (sample.owner || evidence_.spec.judge_strays) {
        LookAtCopy(sample.record, sample.at, sample.process);
      }
    }
    for (const std::uint32_t i : events_.final_copies) {
      const FinalCopy& copy = history.final_copies[i];
      if (copy.owner || evidence_.spec.judge_strays) {
        LookAtCopy(copy.record, history.end, copy.process);
      }
    }
  }

  void LookAtCopy(const std::optional<SeenRecord>& record, SimTime at, ProcessNumber process) {
    if (at < evidence_.history.converged_at || !record || record->tombstone) return;
    Look(ViewOf(*record), at, at, "process " + std::to_string(process) + " holds ");
  }

  void Look(const SeenView& seen, SimTime began, SimTime ended, const std::string& who) {
    if (began < evidence_.history.converged_at) return;
    const AckedWrite* absence = absences_.At(began, ended);
    if (absence == nullptr || CompareWrites(seen, absence->record) >= 0) return;
    findings_.AddOfKey(key_, ended,
                       who + RecordText(seen) +
                           " after convergence, older than what was acknowledged and " +
                           (absence->record.tombstone ? "deleted" : "expired") + " before " +
                           TimeText(absence->ended) + ": " + RecordText(absence->record));
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  const NewestAcked absences_;
  Findings& findings_;
};

}  // namespace

void CheckNoResurrection(const Evidence& evidence, Findings& findings) {
  if (!evidence.converged()) return;
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
