#include "node/replication/sync_turns.h"

#include <algorithm>

namespace vf {

void SyncTurns::Follow(const ClusterView& view) {
  owned_.clear();
  pairs_ = 0;
  for (Partition p = 0; p < view.partition_count(); ++p) {
    const PartitionList& list = view.ListOf(p);
    if (list.owners.size() < 2 || !list.IsOwner(view.self())) continue;
    owned_.push_back(p);
    pairs_ += list.owners.size() - 1;
  }
}

Duration SyncTurns::Pause(bool clients_are_served) const {
  const auto pairs = static_cast<Duration::rep>(std::max<std::size_t>(pairs_, 1));
  const Duration pause = std::clamp(config_.round / pairs, config_.min_pause, config_.max_pause);
  return clients_are_served ? pause * config_.slower_by : pause;
}

std::optional<SyncTurns::Pair> SyncTurns::Next(const ClusterView& view) {
  if (owned_.empty()) return std::nullopt;
  // Processes that start together begin at different places.
  if (!at_) at_ = rng_.Uniform(owned_.size());
  for (;;) {
    *at_ %= owned_.size();
    const Partition partition = owned_[*at_];
    const std::vector<MemberKey>& owners = view.ListOf(partition).owners;
    while (owner_ < owners.size() && owners[owner_] == view.self()) ++owner_;
    if (owner_ < owners.size()) return Pair{partition, owners[owner_++]};
    owner_ = 0;
    ++*at_;
  }
}

}  // namespace vf
