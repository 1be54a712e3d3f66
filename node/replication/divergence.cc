#include "node/replication/divergence.h"

namespace vf {
namespace {

bool AreOwners(const ClusterView& view, Partition partition, MemberKey peer) {
  const PartitionList& list = view.ListOf(partition);
  return list.IsOwner(view.self()) && list.IsOwner(peer);
}

}  // namespace

void Divergence::Note(const ClusterView& view, Partition partition, MemberKey peer,
                      std::size_t buckets) {
  const auto found = differing_.find({partition, peer});
  if (found != differing_.end()) {
    buckets_ -= found->second;
    differing_.erase(found);
  }
  if (buckets == 0 || !AreOwners(view, partition, peer)) return;
  differing_.emplace(Pair(partition, peer), buckets);
  buckets_ += buckets;
}

void Divergence::Follow(const ClusterView& view) {
  std::erase_if(differing_, [&](const auto& entry) {
    if (AreOwners(view, entry.first.first, entry.first.second)) return false;
    buckets_ -= entry.second;
    return true;
  });
}

}  // namespace vf
