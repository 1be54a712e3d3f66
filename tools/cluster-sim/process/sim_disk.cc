#include "tools/cluster-sim/process/sim_disk.h"

#include <algorithm>

#include "gossip/config.h"
#include "node/placement/cluster_view.h"
#include "node/store/memory_engine.h"

namespace vf::sim {

MemberRecord SimDisk::TakeIdentity(WallTime wall, const MemberRecord& fresh,
                                   const std::string& cluster) {
  if (file_.own_boot == 0) {
    file_.cluster = cluster;
    file_.own_id = fresh.id;
    file_.own_roles = fresh.roles;
  }
  file_.own_boot = std::max(file_.own_boot + 1, fresh.boot);
  MemberRecord self = fresh;
  self.id = file_.own_id;
  self.boot = file_.own_boot;
  self.roles = file_.own_roles;
  self.seat = file_.own_seat;
  const auto grace_ms = static_cast<std::uint64_t>(ToMilliseconds(kOwnershipGrace));
  if (wall.ms >= last_seen_.ms + grace_ms) {
    self.roles &= static_cast<std::uint8_t>(~kRoleOwnsStill);
  }
  return self;
}

void SimDisk::WriteMembers(TimePoint now, WallTime wall, const MembershipSnapshot& membership) {
  file_ = NextMemberFile(file_, membership, now, wall, SwimConfig().tombstone_age);
}

KeptCopies SimDisk::OpenStore(Partition partition_count, Duration tombstone_age) {
  if (records_ == nullptr) {
    records_ = std::make_shared<MemoryEngine>(
        MemoryEngineOptions{.partition_count = partition_count, .tombstone_age = tombstone_age});
  }
  KeptCopies kept;
  kept.store = records_;
  for (const auto& [partition, holders] : holders_) kept.holders.push_back({partition, holders});
  return kept;
}

void SimDisk::Empty() {
  records_.reset();
  holders_.clear();
}

void SimDisk::KeepHolders(const std::vector<KeptHolders>& holders) {
  for (const KeptHolders& of : holders) holders_[of.partition] = of.holders;
}

}  // namespace vf::sim
