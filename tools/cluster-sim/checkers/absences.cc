#include "tools/cluster-sim/checkers/absences.h"

#include <algorithm>

namespace vf::sim {
namespace {

constexpr SimTime kMillisecond = kSecond / 1000;
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
  const SimTime age = evidence.spec.tombstone_age;
  // A version as old as the age by the fastest clock.
  const auto old_from = [&](SimTime began) {
    return evidence.clocks_known() ? began + age - evidence.spec.clock_skew - kMillisecond : began;
  };
  for (const std::uint32_t i : events.operations) {
    const Operation& operation = evidence.history.operations[i];
    if (operation.outcome == Outcome::kRefused) continue;
    SeenView record =
        operation.outcome == Outcome::kOk ? ViewOfWrite(operation) : Highest(evidence, operation);
    SimTime from = operation.began;
    if (operation.kind == OperationKind::kWrite && operation.expiry_ms != 0) {
      if (evidence.clocks_known()) from = std::max(from, evidence.MayExpireAt(operation.expiry_ms));
      record.tombstone = true;
    } else if (operation.kind != OperationKind::kDelete) {
      continue;
    }
    hide_.Add(from, record);
    forgotten_.Add(std::max(from, old_from(operation.began)), record);
    collected_.Add(from + age, record);
  }
  hide_.Sort();
  forgotten_.Sort();
  collected_.Sort();
}

void Absences::Course::Sort() {
  std::stable_sort(steps_.begin(), steps_.end(),
                   [](const Step& a, const Step& b) { return a.from < b.from; });
  for (std::size_t i = 1; i < steps_.size(); ++i) {
    if (CompareWrites(steps_[i - 1].greatest, steps_[i].greatest) > 0) {
      steps_[i].greatest = steps_[i - 1].greatest;
    }
  }
}

bool Absences::Course::Reach(const SeenView& record, SimTime at) const {
  const auto later =
      std::upper_bound(steps_.begin(), steps_.end(), at,
                       [](SimTime when, const Step& step) { return when < step.from; });
  return later != steps_.begin() && CompareWrites((later - 1)->greatest, record) >= 0;
}

}  // namespace vf::sim
