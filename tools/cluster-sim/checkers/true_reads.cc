#include "tools/cluster-sim/checkers/true_reads.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/absences.h"
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
        newest_(evidence, events_),
        absences_(evidence, events_),
        findings_(findings) {}

  void Judge() {
    if (newest_.writes().empty()) return;  // any answer is new enough
    JudgeReads();
    JudgeWrites();
    JudgeWritesAfterReads();
  }

 private:
  void JudgeReads() {
    for (const std::uint32_t i : events_.operations) {
      const Operation& read = evidence_.history.operations[i];
      if (read.kind != OperationKind::kRead || read.outcome != Outcome::kOk) continue;
      const AckedWrite* needed = newest_.At(read.began, read.ended);
      if (needed == nullptr) continue;
      const bool stale = read.found ? CompareWrites(ViewOfAnswer(read), needed->record) < 0
                                    : !absences_.MayHide(needed->record, read.ended);
      if (!stale) continue;
      if (evidence_.stale_reads.Touches(read.began, read.ended)) {
        ++findings_.counts().stale_reads;
        continue;
      }
      findings_.AddOfKey(key_, read.ended, StaleText(read, *needed));
    }
  }

  std::string StaleText(const Operation& read, const AckedWrite& needed) const {
    const Operation& write = evidence_.history.operations[needed.operation];
    return std::string(read.found ? "stale read: " : "wrong 204: ") + "client " +
           std::to_string(read.client) + " began to read at " + TimeText(read.began) +
           " and found " + (read.found ? RecordText(ViewOfAnswer(read)) : std::string("nothing")) +
           "; acknowledged to " +
           (write.client == read.client ? std::string("itself")
                                        : "client " + std::to_string(write.client)) +
           " at " + TimeText(needed.ended) + ": " + RecordText(needed.record);
  }

  void JudgeWrites() {
    for (const AckedWrite& write : newest_.writes()) {
      const AckedWrite* earlier = newest_.At(write.began, write.ended);
      if (earlier == nullptr || earlier->operation == write.operation ||
          CompareWrites(earlier->record, write.record) <= 0) {
        continue;
      }
      if (evidence_.stale_reads.Touches(write.began, write.ended)) {
        ++findings_.counts().excused_anomalies;
        continue;
      }
      findings_.AddOfKey(key_, write.ended,
                         "real-time anomaly: begun at " + TimeText(write.began) +
                             " and acknowledged, " + RecordText(write.record) +
                             " loses to what was acknowledged at " + TimeText(earlier->ended) +
                             ": " + RecordText(earlier->record));
    }
  }

  void JudgeWritesAfterReads() {
    // Reads in the order of their ends, writes in that of their beginnings.
    std::vector<const Operation*> reads;
    for (const std::uint32_t i : events_.operations) {
      const Operation& read = evidence_.history.operations[i];
      if (read.kind == OperationKind::kRead && read.outcome == Outcome::kOk && read.found) {
        reads.push_back(&read);
      }
    }
    if (reads.empty()) return;
    std::stable_sort(reads.begin(), reads.end(),
                     [](const Operation* a, const Operation* b) { return a->ended < b->ended; });
    std::vector<const AckedWrite*> writes;
    for (const AckedWrite& write : newest_.writes()) writes.push_back(&write);
    std::stable_sort(writes.begin(), writes.end(),
                     [](const AckedWrite* a, const AckedWrite* b) { return a->began < b->began; });
    const Operation* greatest = nullptr;
    auto read = reads.begin();
    for (const AckedWrite* write : writes) {
      for (; read != reads.end() && (*read)->ended <= write->began; ++read) {
        if (greatest == nullptr ||
            CompareWrites(ViewOfAnswer(**read), ViewOfAnswer(*greatest)) > 0) {
          greatest = *read;
        }
      }
      if (greatest != nullptr) JudgeWriteAfterRead(*write, *greatest);
    }
  }

  void JudgeWriteAfterRead(const AckedWrite& write, const Operation& read) {
    const SeenView seen = ViewOfAnswer(read);
    if (CompareWrites(seen, write.record) <= 0) return;
    const AckedWrite* acked = newest_.At(write.began, write.ended);
    if (acked != nullptr && CompareWrites(acked->record, seen) >= 0) return;  // JudgeWrites' case
    ++findings_.counts().anomalies_after_reads;
    if (!evidence_.spec.judge_writes_after_reads ||
        evidence_.stale_reads.Touches(write.began, write.ended)) {
      return;
    }
    findings_.AddOfKey(key_, write.ended,
                       "real-time anomaly: begun at " + TimeText(write.began) +
                           " and acknowledged, " + RecordText(write.record) +
                           " loses to what was read until " + TimeText(read.ended) + ": " +
                           RecordText(seen));
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  const NewestAcked newest_;
  const Absences absences_;
  Findings& findings_;
};

}  // namespace

void CheckTrueReads(const Evidence& evidence, Findings& findings) {
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
