#include "tools/cluster-sim/membership/oscillations.h"

#include <algorithm>
#include <utility>

namespace vf::sim {
namespace {

bool IsOut(MemberBelief belief) {
  return belief == MemberBelief::kSuspect || belief == MemberBelief::kDead;
}

}  // namespace

Oscillations::Oscillations(std::vector<HostNumber> observers, std::vector<HostNumber> struck)
    : observers_(std::move(observers)),
      struck_(std::move(struck)),
      reasons_(observers_.size() * struck_.size()),
      counts_(reasons_.size(), 0) {}

void Oscillations::OnBelief(HostNumber observer, HostNumber subject, MemberBelief after) {
  const std::size_t place = PlaceOf(observer, subject);
  if (place < counts_.size()) Set(place, {IsOut(after), reasons_[place].degraded});
}

void Oscillations::OnDegraded(HostNumber observer, HostNumber subject, bool degraded) {
  const std::size_t place = PlaceOf(observer, subject);
  if (place < counts_.size()) Set(place, {reasons_[place].belief, degraded});
}

std::size_t Oscillations::PlaceOf(HostNumber observer, HostNumber subject) const {
  const auto row = std::lower_bound(struck_.begin(), struck_.end(), subject);
  if (row == struck_.end() || *row != subject) return counts_.size();
  const auto column = std::lower_bound(observers_.begin(), observers_.end(), observer);
  if (column == observers_.end() || *column != observer) return counts_.size();
  return static_cast<std::size_t>(row - struck_.begin()) * observers_.size() +
         static_cast<std::size_t>(column - observers_.begin());
}

void Oscillations::Set(std::size_t place, Reasons reasons) {
  const bool was_out = std::exchange(reasons_[place], reasons).out();
  if (was_out == reasons.out()) return;
  if (reasons.out()) {
    ++out_;
    return;
  }
  --out_;
  ++counts_[place];
}

}  // namespace vf::sim
