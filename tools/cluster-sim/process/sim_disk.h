// What a process with --data-dir leaves behind on its host, and finds there when it starts again.
//
// As gossip/folder and the engine on disk keep it: the identity and the members of the member file,
// written at most once a second; the records, and who else may hold what they lack, each as soon as
// it is there. So a crash costs nothing but the last second of the member file.
//
// Thread: none of its own; one run. One process at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "gossip/members/member_file.h"
#include "gossip/types.h"
#include "node/data/stored_copies.h"

namespace vf::sim {

class SimDisk {
 public:
  // Writes of the member file are so far apart at least.
  static constexpr Duration kFileInterval = seconds(1);

  // The identity of a process that starts now: that of the disk, with a later boot number, or that
  // of `fresh`, which is on disk from now on.
  MemberRecord TakeIdentity(WallTime wall, const MemberRecord& fresh, const std::string& cluster);
  // Its process ends, in whatever way.
  void SetLastSeen(WallTime wall) { last_seen_ = wall; }
  const RememberedCluster& remembered() const { return file_.remembered; }

  void WriteMembers(TimePoint now, WallTime wall, const MembershipSnapshot& membership);

  // See DataPlane.
  KeptCopies OpenStore(Partition partition_count, Duration tombstone_age);
  void KeepHolders(const std::vector<KeptHolders>& holders);

  // Its process was emptied, and ends: the identity stays.
  void Empty();

  // Null: no process has stored anything yet.
  const Store* records() const { return records_.get(); }

 private:
  MemberFile file_;
  WallTime last_seen_;
  std::shared_ptr<Store> records_;
  std::map<Partition, std::vector<MemberKey>> holders_;
};

}  // namespace vf::sim
