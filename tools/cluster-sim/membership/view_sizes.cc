#include "tools/cluster-sim/membership/view_sizes.h"

#include <utility>

#include "base/check.h"

namespace vf::sim {
namespace {

bool Counts(MemberBelief belief) {
  return belief == MemberBelief::kAlive || belief == MemberBelief::kSuspect;
}

}  // namespace

ViewSizes::ViewSizes(std::vector<std::size_t> sizes) : sizes_(std::move(sizes)) {
  for (const std::size_t size : sizes_) Note(size);
}

void ViewSizes::Note(std::size_t size) {
  if (size >= seen_.size()) seen_.resize(size + 1);
  if (seen_[size]) return;
  seen_[size] = true;
  ++different_;
}

void ViewSizes::OnBelief(HostNumber observer, MemberBelief before, MemberBelief after,
                         bool counts) {
  std::size_t& size = sizes_.at(observer);
  if (Counts(before) == Counts(after)) return;
  VF_CHECK(Counts(after) || size > 0, "more members are gone than there were");
  size += Counts(after) ? 1 : static_cast<std::size_t>(-1);
  if (counts) Note(size);
}

}  // namespace vf::sim
