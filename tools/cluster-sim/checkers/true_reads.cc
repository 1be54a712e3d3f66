#include "tools/cluster-sim/checkers/true_reads.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/event_text.h"
#include "tools/cluster-sim/checkers/newest_acked.h"

namespace vf::sim {
namespace {

// From `from` on the newest record may be a tombstone as great as this.
struct Absence {
  SimTime from;
  SeenView greatest;
};

constexpr SeenView kAboveAll{UINT64_MAX, true, 0, {}};

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence),
        key_(key),
        events_(evidence.index.Key(key)),
        newest_(evidence, events_),
        findings_(findings) {}

  void Judge() {
    if (newest_.writes().empty()) return;  // any answer is new enough
    FindAbsences();
    JudgeReads();
    JudgeWrites();
    JudgeWritesAfterReads();
  }

 private:
  void FindAbsences() {
    for (const std::uint32_t i : events_.operations) {
      const Operation& operation = evidence_.history.operations[i];
      if (operation.outcome == Outcome::kRefused) continue;
      const bool acked = operation.outcome == Outcome::kOk;
      if (operation.kind == OperationKind::kDelete) {
        absences_.push_back({operation.began, acked ? ViewOfWrite(operation) : Highest(operation)});
      } else if (operation.kind == OperationKind::kWrite && operation.expiry_ms != 0) {
        const SimTime expires =
            evidence_.clocks_known() ? evidence_.MayExpireAt(operation.expiry_ms) : operation.began;
        SeenView record = acked ? ViewOfWrite(operation) : Highest(operation);
        record.tombstone = true;
        absences_.push_back({std::max(operation.began, expires), record});
      }
    }
    std::stable_sort(absences_.begin(), absences_.end(),
                     [](const Absence& a, const Absence& b) { return a.from < b.from; });
    for (std::size_t i = 1; i < absences_.size(); ++i) {
      if (CompareWrites(absences_[i - 1].greatest, absences_[i].greatest) > 0) {
        absences_[i].greatest = absences_[i - 1].greatest;
      }
    }
  }

  // What an operation of unknown outcome can have been stamped with at most: the fastest clock at
  // its end, or later if a fault held it up.
  SeenView Highest(const Operation& operation) const {
    if (operation.ended == kNotYet || !evidence_.clocks_known()) return kAboveAll;
    const SimTime released = evidence_.faults.EndOfTouched(operation.began, operation.ended);
    const SimTime latest = Later(Later(released, evidence_.spec.clock_skew), 2 * kSecond);
    if (latest == kNotYet) return kAboveAll;
    constexpr int kCounterBits = 16;
    return {((evidence_.WallAt(latest) + 1) << kCounterBits) - 1, true, 0, {}};
  }

  bool MayBeAbsent(const Operation& read, const AckedWrite& needed) const {
    const auto later =
        std::upper_bound(absences_.begin(), absences_.end(), read.ended,
                         [](SimTime at, const Absence& absence) { return at < absence.from; });
    return later != absences_.begin() && CompareWrites((later - 1)->greatest, needed.record) >= 0;
  }

  void JudgeReads() {
    for (const std::uint32_t i : events_.operations) {
      const Operation& read = evidence_.history.operations[i];
      if (read.kind != OperationKind::kRead || read.outcome != Outcome::kOk) continue;
      const AckedWrite* needed = newest_.At(read.began, read.ended);
      if (needed == nullptr) continue;
      const bool stale = read.found ? CompareWrites(ViewOfAnswer(read), needed->record) < 0
                                    : !MayBeAbsent(read, *needed);
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
  Findings& findings_;
  std::vector<Absence> absences_;  // in the order of `from`, each with the greatest so far
};

}  // namespace

void CheckTrueReads(const Evidence& evidence, Findings& findings) {
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
