#include "tools/cluster-sim/checkers/convergence.h"

#include <vector>

#include "tools/cluster-sim/checkers/event_text.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {
namespace {

bool Same(const Evidence& evidence, const FinalCopy& a, const FinalCopy& b) {
  if (a.record == b.record) return true;
  if (a.record && b.record) {
    const SeenView left = ViewOf(*a.record);
    const SeenView right = ViewOf(*b.record);
    const SimTime end = evidence.history.end;
    if (evidence.MayBeLeftOut(left, end) && evidence.MayBeLeftOut(right, end)) return true;
    return left.version == right.version && left.tombstone != right.tombstone &&
           evidence.MayBeTombstone(left, end) && evidence.MayBeTombstone(right, end);
  }
  return evidence.MayBeLeftOut(ViewOf(a.record ? *a.record : *b.record), evidence.history.end);
}

std::string Holder(const FinalCopy& copy) {
  return "process " + std::to_string(copy.process) + " holds " + RecordText(copy.record);
}

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence), key_(key), findings_(findings) {
    for (const std::uint32_t i : evidence.index.Key(key).final_copies) {
      const FinalCopy& copy = evidence.history.final_copies[i];
      if (copy.owner) owners_.push_back(&copy);
    }
  }

  // Whether two owners differ.
  bool Judge() {
    const FinalCopy* other = nullptr;
    for (const FinalCopy* copy : owners_) {
      if (!Same(evidence_, *owners_.front(), *copy)) other = copy;
    }
    if (!evidence_.converged()) return other != nullptr;
    const SimTime end = evidence_.history.end;
    if (other != nullptr) {
      findings_.AddOfKey(
          key_, end,
          "owners differ in the end: " + Holder(*owners_.front()) + ", " + Holder(*other));
    }
    const auto wanted = static_cast<std::size_t>(evidence_.spec.owners);
    if (wanted != 0 && !owners_.empty() && owners_.size() != wanted) {
      findings_.AddOfKey(key_, end,
                         std::to_string(owners_.size()) +
                             " processes own the key in the end, not " + std::to_string(wanted));
    }
    return other != nullptr;
  }

 private:
  const Evidence& evidence_;
  const std::size_t key_;
  Findings& findings_;
  std::vector<const FinalCopy*> owners_;
};

}  // namespace

void CheckConvergence(const Evidence& evidence, Findings& findings) {
  std::uint64_t different = 0;
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    if (KeyJudge(evidence, key, findings).Judge()) ++different;
  }
  const History& history = evidence.history;
  if (history.final_copies.empty()) return;
  if (history.divergence.empty()) {
    findings.Add(history.end, "no figure of divergence to compare the copies with");
    return;
  }
  const std::uint64_t figure = history.divergence.back().keys;
  if ((figure == 0) == (different == 0)) return;
  findings.Add(history.end, "the last figure of divergence is " + std::to_string(figure) +
                                ", but by their bytes " + std::to_string(different) +
                                " keys differ between owners");
}

}  // namespace vf::sim
