#include "tools/cluster-sim/rivals/member_view.h"

#include <algorithm>

namespace vf::sim {
namespace {

bool Before(const RivalEntry& entry, HostNumber host) { return entry.host < host; }

}  // namespace

RivalEntry RivalView::Get(HostNumber host) const {
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), host, Before);
  if (found != entries_.end() && found->host == host) return *found;
  if (host < warm_) return {host, 1, RivalState::kAlive, TimePoint{}};
  return {host, 0, RivalState::kUnknown, TimePoint{}};
}

void RivalView::Set(const RivalEntry& entry) {
  const bool knew = StateOf(entry.host) != RivalState::kUnknown;
  const bool knows = entry.state != RivalState::kUnknown;
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), entry.host, Before);
  if (found != entries_.end() && found->host == entry.host) {
    if (!knows && entry.host >= warm_) {
      entries_.erase(found);
    } else {
      *found = entry;
    }
  } else if (knows || entry.host < warm_) {
    entries_.insert(found, entry);
  }
  if (knew == knows) return;
  if (entry.host < warm_) {
    forgotten_ = knows ? forgotten_ - 1 : forgotten_ + 1;
  } else if (knows) {
    extras_.push_back(entry.host);
  } else {
    extras_.erase(std::find(extras_.begin(), extras_.end(), entry.host));
  }
}

HostNumber RivalView::HostAt(std::size_t place) const {
  return place < warm_ ? static_cast<HostNumber>(place) : extras_[place - warm_];
}

}  // namespace vf::sim
