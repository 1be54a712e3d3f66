#include "tools/cluster-sim/checkers/expired_stays_gone.h"

#include <map>
#include <string>
#include <string_view>

#include "tools/cluster-sim/checkers/event_text.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {
namespace {

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence), key_(key), events_(evidence.index.Key(key)), findings_(findings) {}

  void Judge() {
    JudgeReads();
    const History& history = evidence_.history;
    for (const std::uint32_t i : events_.samples) {
      const CopySample& sample = history.samples[i];
      LookAtCopy(sample.record, sample.at, sample.process);
    }
    for (const std::uint32_t i : events_.final_copies) {
      const FinalCopy& copy = history.final_copies[i];
      LookAtCopy(copy.record, history.end, copy.process);
    }
  }

 private:
  // An answer does not show the expiry; its write does.
  void JudgeReads() {
    std::map<std::string_view, std::uint64_t> expiries;
    for (const std::uint32_t i : events_.operations) {
      const Operation& operation = evidence_.history.operations[i];
      if (operation.kind == OperationKind::kWrite && operation.expiry_ms != 0) {
        expiries[operation.value] = operation.expiry_ms;
      }
    }
    if (expiries.empty()) return;
    for (const std::uint32_t i : events_.operations) {
      const Operation& read = evidence_.history.operations[i];
      if (read.kind != OperationKind::kRead && read.kind != OperationKind::kLocalRead) continue;
      if (read.outcome != Outcome::kOk || !read.found) continue;
      const auto found = expiries.find(read.value);
      if (found == expiries.end() || read.began < evidence_.MustExpireAt(found->second)) continue;
      findings_.AddOfKey(key_, read.ended,
                         "process " + std::to_string(read.frontend) + " answers with " +
                             RecordText(ViewOfAnswer(read)) + " to a read that began at " +
                             TimeText(read.began) + ", but it has expired at " +
                             std::to_string(found->second));
    }
  }

  void LookAtCopy(const std::optional<SeenRecord>& record, SimTime at, ProcessNumber process) {
    if (!record || record->tombstone || record->expiry_ms == 0) return;
    const SimTime gone_by = evidence_.MustExpireAt(record->expiry_ms);
    if (at < gone_by) return;
    const ProcessLife* life = evidence_.index.LifeOf(process);
    if (life != nullptr && life->PausedWithin(gone_by - evidence_.spec.expiry_slack, at)) return;
    // What it found on its disk may have expired meanwhile.
    if (life != nullptr && at < life->started + evidence_.spec.expiry_slack) return;
    findings_.AddOfKey(key_, at,
                       "process " + std::to_string(process) + " still holds " +
                           RecordText(ViewOf(*record)) + ", which has expired");
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  Findings& findings_;
};

}  // namespace

void CheckExpiredStaysGone(const Evidence& evidence, Findings& findings) {
  if (!evidence.clocks_known()) return;
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
