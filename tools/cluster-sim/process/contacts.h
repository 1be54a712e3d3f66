// Whom a process names as its contacts on the command line.
#pragma once

#include <cstdint>
#include <vector>

#include "base/rng.h"
#include "tools/cluster-sim/network/network.h"
#include "tools/cluster-sim/process/cluster.h"

namespace vf::sim {

// One habit a run: the controllers, one of them and a node, or a first node without contacts that
// the others name.
//
// Thread: none of its own; one run.
// Invariant: all that start together are one cluster: no two of them would found one each.
class Contacts {
 public:
  // The cluster outlives this object.
  Contacts(const Cluster& cluster, const Rng& rng);

  // Of a process that starts with the cluster.
  std::vector<HostNumber> OfFirst(HostNumber host);
  // Of one that starts later on `host`: somebody whom its operator knows to run. Empty: nobody
  // does.
  std::vector<HostNumber> OfLater(HostNumber host);

 private:
  enum class Habit : std::uint8_t { kControllers, kOneController, kFirstNode };

  const Cluster& cluster_;
  Rng rng_;
  Habit habit_ = Habit::kFirstNode;
  bool controllers_ask_ = false;  // with kFirstNode: the first node, too
};

}  // namespace vf::sim
