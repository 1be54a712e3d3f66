#include "tools/cluster-sim/checkers/newest_acked.h"

#include <algorithm>

namespace vf::sim {

void NewestAcked::Collect(const Evidence& evidence, const KeyEvents& events, AckedKind kind,
                          int least_acks) {
  for (const std::uint32_t i : events.operations) {
    const Operation& operation = evidence.history.operations[i];
    const bool deletes = operation.kind == OperationKind::kDelete;
    if (operation.outcome != Outcome::kOk || operation.acks < least_acks) continue;
    if (!deletes && operation.kind != OperationKind::kWrite) continue;
    SimTime counts_from = operation.ended;
    if (kind == AckedKind::kAbsences && !deletes) {
      if (operation.expiry_ms == 0 || !evidence.clocks_known()) continue;
      counts_from = std::max(counts_from, evidence.MustExpireAt(operation.expiry_ms));
    }
    writes_.push_back({ViewOfWrite(operation), operation.began, counts_from, i});
  }
  std::stable_sort(writes_.begin(), writes_.end(),
                   [](const AckedWrite& a, const AckedWrite& b) { return a.ended < b.ended; });
}

NewestAcked::NewestAcked(const Evidence& evidence, const KeyEvents& events, AckedKind kind,
                         int least_acks) {
  Collect(evidence, events, kind, least_acks);
  if (writes_.empty()) return;

  // What began before a loss and is not above what was lost may have been on the same holders.
  std::vector<bool> forgotten(writes_.size(), false);
  const auto add_era = [this, &forgotten](SimTime from) {
    Era era{from, {}};
    era.greatest.reserve(writes_.size());
    std::uint32_t greatest = kNone;
    for (std::uint32_t i = 0; i < writes_.size(); ++i) {
      if (!forgotten[i] &&
          (greatest == kNone || CompareWrites(writes_[i].record, writes_[greatest].record) > 0)) {
        greatest = i;
      }
      era.greatest.push_back(greatest);
    }
    eras_.push_back(std::move(era));
  };
  add_era(-kNotYet);
  if (!evidence.spec.excuse_last_holders) return;
  for (const std::uint32_t i : events.holders_gone) {
    const LastHolderGone& gone = evidence.history.holders_gone[i];
    for (std::uint32_t w = 0; w < writes_.size(); ++w) {
      if (writes_[w].record.version <= gone.version && writes_[w].began <= gone.at) {
        forgotten[w] = true;
      }
    }
    add_era(gone.at);
  }
}

const AckedWrite* NewestAcked::At(SimTime at, SimTime seen) const {
  if (writes_.empty() || writes_.front().ended > at) return nullptr;
  const auto era = std::upper_bound(eras_.begin(), eras_.end(), seen,
                                    [](SimTime when, const Era& e) { return when < e.from; }) -
                   1;
  const auto later =
      std::upper_bound(writes_.begin(), writes_.end(), at,
                       [](SimTime when, const AckedWrite& w) { return when < w.ended; });
  const std::uint32_t greatest =
      era->greatest[static_cast<std::size_t>(later - writes_.begin()) - 1];
  return greatest == kNone ? nullptr : &writes_[greatest];
}

const AckedWrite* NewestAcked::Greatest() const {
  if (writes_.empty()) return nullptr;
  return &writes_[eras_.front().greatest.back()];
}

}  // namespace vf::sim
