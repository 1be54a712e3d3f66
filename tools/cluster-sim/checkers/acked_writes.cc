#include "tools/cluster-sim/checkers/acked_writes.h"

#include <algorithm>
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
        findings_(findings) {
    for (const std::uint32_t i : events_.final_copies) {
      const FinalCopy& copy = evidence.history.final_copies[i];
      all_.push_back(&copy);
      if (copy.owner) owners_.push_back(&copy);
      if (copy.owner && copy.in_sync) in_sync_.push_back(&copy);
    }
  }

  void Judge() {
    const AckedWrite* greatest = newest_.Greatest();
    if (greatest == nullptr) return;
    const AckedWrite* needed = newest_.At(kNotYet, kNotYet);
    if (needed != greatest && !HeldByAll(*greatest)) ++findings_.counts().excused_losses;
    if (needed == nullptr || HeldByAll(*needed)) return;
    findings_.AddOfKey(key_, evidence_.history.end, Text(*needed));
  }

 private:
  // Whether nothing at all is as good as this record in the end.
  bool MayBeForgotten(const AckedWrite& write) const {
    return absences_.MayBeForgotten(write.record, evidence_.history.end);
  }

  bool Holds(const FinalCopy& copy, const AckedWrite& write) const {
    if (!copy.record) return MayBeForgotten(write);
    // Of two deletions it may have missed the newer one for as long.
    if (copy.record->tombstone && MayBeForgotten(write)) return true;
    return CompareWrites(ViewOf(*copy.record), write.record) >= 0;
  }

  bool HeldBySome(const AckedWrite& write) const {
    return std::any_of(all_.begin(), all_.end(),
                       [this, &write](const FinalCopy* copy) { return Holds(*copy, write); });
  }

  bool HeldByAll(const AckedWrite& write) const {
    if (all_.empty()) return MayBeForgotten(write);
    if (!in_sync_.empty()) return HeldByAllOf(in_sync_, write);
    if (!evidence_.converged()) return HeldBySome(write);
    return !owners_.empty() && HeldByAllOf(owners_, write);
  }

  bool HeldByAllOf(const std::vector<const FinalCopy*>& copies, const AckedWrite& write) const {
    return std::all_of(copies.begin(), copies.end(),
                       [this, &write](const FinalCopy* copy) { return Holds(*copy, write); });
  }

  std::string Text(const AckedWrite& write) const {
    std::string text = "acknowledged to client " +
                       std::to_string(evidence_.history.operations[write.operation].client) +
                       " at " + TimeText(write.ended) + ": " + RecordText(write.record);
    if (!HeldBySome(write)) return text + "; in the end no process holds it or a greater one";
    if (owners_.empty()) return text + "; in the end no process owns the key";
    const auto& judged = in_sync_.empty() ? owners_ : in_sync_;
    for (const FinalCopy* copy : judged) {
      if (Holds(*copy, write)) continue;
      text += "; in the end process " + std::to_string(copy->process) + ", an owner" +
              (copy->in_sync ? " in sync" : "") + ", holds " + RecordText(copy->record);
    }
    return text;
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  const NewestAcked newest_;
  const Absences absences_;
  Findings& findings_;
  std::vector<const FinalCopy*> all_, owners_, in_sync_;
};

}  // namespace

void CheckAckedWrites(const Evidence& evidence, Findings& findings) {
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
