#include "tools/cluster-sim/checkers/absences.h"

#include <algorithm>

namespace vf::sim {
namespace {

constexpr SeenView kAboveAll{UINT64_MAX, true, 0, {}};

// What an operation of unknown outcome can have been stamped with at most: the fastest clock at
// its end, or later if a fault held it up.
SeenView Highest(const Evidence& evidence, const Operation& operation) {
  if (operation.ended == kNotYet || !evidence.clocks_known()) return kAboveAll;
  const SimTime released = evidence.faults.EndOfTouched(operation.began, operation.ended);
  const SimTime latest = Later(Later(released, evidence.spec.clock_skew), 2 * kSecond);
  if (latest == kNotYet) return kAboveAll;
  constexpr int kCounterBits = 16;
  return {((evidence.WallAt(latest) + 1) << kCounterBits) - 1, true, 0, {}};
}

}  // namespace

Absences::Absences(const Evidence& evidence, const KeyEvents& events) {
  for (const std::uint32_t i : events.operations) {
    const Operation& operation = evidence.history.operations[i];
    if (operation.outcome == Outcome::kRefused) continue;
    SeenView record =
        operation.outcome == Outcome::kOk ? ViewOfWrite(operation) : Highest(evidence, operation);
    if (operation.kind == OperationKind::kDelete) {
      absences_.push_back({operation.began, record});
    } else if (operation.kind == OperationKind::kWrite && operation.expiry_ms != 0) {
      const SimTime expires =
          evidence.clocks_known() ? evidence.MayExpireAt(operation.expiry_ms) : operation.began;
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

bool Absences::MayHide(const AckedWrite& write, SimTime at) const {
  const auto later =
      std::upper_bound(absences_.begin(), absences_.end(), at,
                       [](SimTime when, const Absence& absence) { return when < absence.from; });
  return later != absences_.begin() && CompareWrites((later - 1)->greatest, write.record) >= 0;
}

}  // namespace vf::sim
