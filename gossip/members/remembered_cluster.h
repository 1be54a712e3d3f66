// A cluster as a process remembers it from before its start: what a member file holds.
#pragma once

#include <vector>

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

struct RememberedMember {
  MemberRecord record;
  // The live: when they were last held alive. The dead and the left: when they went.
  WallTime last_seen;
  bool operator==(const RememberedMember&) const = default;
};

struct RememberedCluster {
  Foundation foundation;     // unfounded: nothing is remembered
  ClusterSettings settings;  // all of them, in the bounds of base/cluster_limits.h, if founded
  std::vector<RememberedMember> members;
  bool operator==(const RememberedCluster&) const = default;
};

}  // namespace vf
