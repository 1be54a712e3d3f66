#include "tools/cluster-sim/checkers/true_conflicts.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cluster-sim/checkers/event_text.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {
namespace {

class KeyJudge {
 public:
  KeyJudge(const Evidence& evidence, std::size_t key, Findings& findings)
      : evidence_(evidence), key_(key), findings_(findings) {}

  void Judge(const ShownConflict& conflict) {
    if (conflict.kept < conflict.lost) {
      findings_.AddOfKey(key_, evidence_.history.end,
                         Shows(conflict) + "a write of version " + VersionText(conflict.lost) +
                             " that lost to an older one, of version " +
                             VersionText(conflict.kept));
      return;
    }
    // Two writes may have one version: any pair that makes it a conflict will do.
    const Operation* lost = nullptr;
    const Operation* kept = nullptr;
    for (const std::uint32_t i : evidence_.index.Key(key_).operations) {
      const Operation& one = evidence_.history.operations[i];
      if (!IsAcked(one) || one.version != conflict.lost) continue;
      if (one.frontend != conflict.process) continue;
      for (const std::uint32_t j : evidence_.index.Key(key_).operations) {
        const Operation& other = evidence_.history.operations[j];
        if (i == j || !IsAcked(other) || other.version != conflict.kept) continue;
        if (CompareWrites(ViewOfWrite(other), ViewOfWrite(one)) <= 0) continue;
        lost = &one;
        kept = &other;
        if (MayLose(one, other)) {
          ++findings_.counts().conflicts;
          return;
        }
      }
    }
    if (lost == nullptr) return;  // Of one of them no client knows what became of it.
    findings_.AddOfKey(key_, lost->ended,
                       Shows(conflict) + "a write from " + SpanText(*lost) +
                           " that lost to one from " + SpanText(*kept));
  }

 private:
  // Whether `write` may lose to `other` which does not know it.
  bool MayLose(const Operation& write, const Operation& other) const {
    if (other.began > write.ended) return false;
    return write.began <= other.ended || evidence_.stale_reads.Touches(write.began, write.ended);
  }
  static std::string Shows(const ShownConflict& conflict) {
    return "process " + std::to_string(conflict.process) + " shows as a conflict ";
  }
  static bool IsAcked(const Operation& operation) {
    const bool writes =
        operation.kind == OperationKind::kWrite || operation.kind == OperationKind::kDelete;
    return writes && operation.outcome == Outcome::kOk;
  }
  static std::string SpanText(const Operation& operation) {
    return TimeText(operation.began) + " to " + TimeText(operation.ended);
  }

  const Evidence& evidence_;
  const std::size_t key_;
  Findings& findings_;
};

}  // namespace

void CheckTrueConflicts(const Evidence& evidence, Findings& findings) {
  std::map<std::string_view, std::vector<const ShownConflict*>> of_keys;
  for (const ShownConflict& conflict : evidence.history.conflicts) {
    of_keys[conflict.key].push_back(&conflict);
  }
  if (of_keys.empty()) return;
  for (std::size_t key = 0; key < evidence.index.keys(); ++key) {
    const auto shown = of_keys.find(evidence.index.Key(key).key);
    if (shown == of_keys.end()) continue;
    KeyJudge judge(evidence, key, findings);
    for (const ShownConflict* conflict : shown->second) judge.Judge(*conflict);
  }
}

}  // namespace vf::sim
