#include "tools/cluster-sim/checkers/handoff_kept.h"

#include <optional>
#include <string>

#include "tools/cluster-sim/checkers/copies_of_key.h"
#include "tools/cluster-sim/checkers/event_text.h"

namespace vf::sim {
namespace {

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence),
        key_(key),
        events_(evidence.index.Key(key)),
        copies_(evidence, events_),
        findings_(findings) {}

  void Judge() {
    for (const std::uint32_t i : events_.drops) {
      const Drop& drop = evidence_.history.drops[i];
      if (drop.why == DropReason::kHandedOver) JudgeDrop(drop);
    }
  }

 private:
  void JudgeDrop(const Drop& drop) {
    const CopySample* held = copies_.LastUntil(drop.process, drop.at);
    if (held == nullptr || !held->record) return;
    const SeenView record = ViewOf(*held->record);
    if (evidence_.MayBeLeftOut(record, drop.at)) return;
    if (held->owner) return Report(drop, record, "it owns the key itself");
    if (drop.owners.empty()) return Report(drop, record, "no other process owns the key");
    for (const ProcessNumber owner : drop.owners) {
      const ProcessLife* life = evidence_.index.LifeOf(owner);
      if (life != nullptr && !life->UpAt(drop.at)) continue;
      const CopySample* sample = copies_.LastUntil(owner, drop.at);
      const std::optional<SeenRecord> has = sample == nullptr ? std::nullopt : sample->record;
      if (evidence_.Has(has, record, drop.at)) continue;
      return Report(drop, record,
                    "process " + std::to_string(owner) + ", an owner, holds " + RecordText(has));
    }
  }

  void Report(const Drop& drop, const SeenView& record, const std::string& problem) {
    findings_.AddOfKey(key_, drop.at,
                       "process " + std::to_string(drop.process) + " drops as handed over " +
                           RecordText(record) + ", but " + problem);
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  const CopiesOfKey copies_;
  Findings& findings_;
};

}  // namespace

void CheckHandoffKept(const Evidence& evidence, Findings& findings) {
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    if (!evidence.index.Key(key).drops.empty()) KeyJudge(evidence, key, findings).Judge();
  }
}

}  // namespace vf::sim
