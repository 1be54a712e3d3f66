#include "tools/cluster-sim/checkers/quorum_reads.h"

#include <map>
#include <string>

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
        absences_(evidence, events_),
        findings_(findings) {}

  void Judge() {
    for (const std::uint32_t i : events_.operations) {
      const Operation& read = evidence_.history.operations[i];
      if (read.kind != OperationKind::kRead || read.owners == 0) continue;
      if (read.outcome != Outcome::kOk) continue;
      const AckedWrite* needed = NewestFor(read.owners).At(read.began, read.ended);
      if (needed == nullptr) continue;
      const bool stale = read.found ? CompareWrites(ViewOfAnswer(read), needed->record) < 0
                                    : !absences_.MayHide(needed->record, read.ended);
      if (!stale) continue;
      if (evidence_.other_owners.Touches(read.began, read.ended)) {
        ++findings_.counts().stale_quorums;
        continue;
      }
      findings_.AddOfKey(key_, read.ended, Text(read, *needed));
    }
  }

 private:
  // Of the writes that every read of so many owners meets.
  const NewestAcked& NewestFor(int owners) {
    const int acks = evidence_.spec.replicas - owners + 1;
    return newest_.try_emplace(acks, evidence_, events_, AckedKind::kAll, acks).first->second;
  }

  std::string Text(const Operation& read, const AckedWrite& needed) const {
    const Operation& write = evidence_.history.operations[needed.operation];
    return "a read of " + std::to_string(read.owners) + " owners that began at " +
           TimeText(read.began) + " found " +
           (read.found ? RecordText(ViewOfAnswer(read)) : std::string("nothing")) + "; " +
           std::to_string(write.acks) + " replicas had acknowledged by " + TimeText(needed.ended) +
           ": " + RecordText(needed.record);
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  const Absences absences_;
  Findings& findings_;
  std::map<int, NewestAcked> newest_;  // by the acks that they had at least
};

}  // namespace

void CheckQuorumReads(const Evidence& evidence, Findings& findings) {
  if (evidence.spec.replicas == 0) return;
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
