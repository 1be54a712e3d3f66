#include "tools/cluster-sim/checkers/monotone_copies.h"

#include <string>
#include <vector>

#include "tools/cluster-sim/checkers/absences.h"
#include "tools/cluster-sim/checkers/event_text.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {
namespace {

// The last sample of a process; of another key: none.
struct Last {
  const CopySample* sample = nullptr;
  std::size_t key = 0;
};

bool WentDown(const CopySample& before, const CopySample& now) {
  if (!before.record || before.record == now.record) return false;
  return !now.record || CompareSeen(ViewOf(*now.record), ViewOf(*before.record)) < 0;
}

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, std::vector<Last>& last, Findings& findings)
      : evidence_(evidence),
        key_(key),
        events_(evidence.index.Key(key)),
        absences_(evidence, events_),
        last_(last),
        findings_(findings) {}

  void Judge() {
    for (const std::uint32_t i : events_.samples) {
      const CopySample& sample = evidence_.history.samples[i];
      const std::uint32_t place = evidence_.index.PlaceOfSample(i);
      const CopySample* before = Before(place);
      if (before == nullptr) before = BeforeRestart(sample.process);
      if (before != nullptr && WentDown(*before, sample) && !Dropped(*before, sample)) {
        findings_.AddOfKey(key_, sample.at, Text(*before, sample));
      }
      last_[place] = {&sample, key_};
    }
  }

 private:
  const CopySample* Before(std::uint32_t place) const {
    if (place >= last_.size() || last_[place].key != key_) return nullptr;
    return last_[place].sample;
  }

  // The last sample of whose data the process found. Processes that were never sampled are skipped.
  const CopySample* BeforeRestart(ProcessNumber process) const {
    const auto& lives = evidence_.index.lives();
    for (std::size_t steps = 0; steps < lives.size(); ++steps) {
      const ProcessLife* life = evidence_.index.LifeOf(process);
      if (life == nullptr || life->continues == kNoProcess) return nullptr;
      process = life->continues;
      const CopySample* before = Before(evidence_.index.PlaceOf(process));
      if (before != nullptr) return before;
    }
    return nullptr;
  }

  bool Dropped(const CopySample& before, const CopySample& now) const {
    if (!now.record && absences_.MayBeCollected(ViewOf(*before.record), now.at)) return true;
    for (const std::uint32_t i : events_.drops) {
      const Drop& drop = evidence_.history.drops[i];
      if (drop.process != now.process || drop.at < before.at || drop.at > now.at) continue;
      if (drop.why != DropReason::kOldTombstone ||
          evidence_.MayBeTombstone(ViewOf(*before.record), drop.at)) {
        return true;
      }
    }
    return false;
  }

  static std::string Text(const CopySample& before, const CopySample& now) {
    std::string text = "process " + std::to_string(now.process) + " holds " +
                       RecordText(now.record) + ", but held " + RecordText(before.record) + " at " +
                       TimeText(before.at);
    if (before.process != now.process) text += ", as process " + std::to_string(before.process);
    return text;
  }

  const Evidence& evidence_;
  const std::size_t key_;
  const KeyEvents events_;
  const Absences absences_;
  std::vector<Last>& last_;  // by place
  Findings& findings_;
};

}  // namespace

void CheckMonotoneCopies(const Evidence& evidence, Findings& findings) {
  std::vector<Last> last(evidence.index.places());
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    KeyJudge(evidence, key, last, findings).Judge();
  }
}

}  // namespace vf::sim
