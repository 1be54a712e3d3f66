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
      counts_(observers_.size() * struck_.size(), 0) {}

void Oscillations::OnBelief(HostNumber observer, HostNumber subject, MemberBelief before,
                            MemberBelief after) {
  const auto row = std::lower_bound(struck_.begin(), struck_.end(), subject);
  if (row == struck_.end() || *row != subject) return;
  const auto column = std::lower_bound(observers_.begin(), observers_.end(), observer);
  if (column == observers_.end() || *column != observer) return;
  if (IsOut(before) == IsOut(after)) return;
  if (IsOut(after)) {
    ++out_;
    return;
  }
  --out_;
  const auto place = static_cast<std::size_t>(row - struck_.begin()) * observers_.size() +
                     static_cast<std::size_t>(column - observers_.begin());
  ++counts_[place];
}

}  // namespace vf::sim
