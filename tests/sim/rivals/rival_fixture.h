// What the tests of the rivals share: clusters with options of their own, and how to spread news in
// them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "tools/cluster-sim/rivals/memberlist.h"
#include "tools/cluster-sim/rivals/paper_swim.h"
#include "tools/cluster-sim/rivals/rival_cluster.h"

namespace vf::sim {

// `options` outlives what is made.
inline MakeRival MakeSwim(const PaperSwimOptions& options) {
  return [&options](HostNumber self, HostNumber warm, TimePoint born, const Rng& rng) {
    return std::make_unique<PaperSwim>(options, self, warm, born, rng);
  };
}

inline MakeRival MakeMemberlist(const MemberlistOptions& options) {
  return [&options](HostNumber self, HostNumber warm, TimePoint born, const Rng& rng) {
    return std::make_unique<Memberlist>(options, self, warm, born, rng);
  };
}

// When the others learn that host 0 announced itself: sorted, after `now`; those who never do
// within `within` are left out.
inline std::vector<Duration> SpreadOfNews(const RivalClusterOptions& options, const MakeRival& make,
                                          const Rng& rng, Duration before, Duration within) {
  std::vector<Duration> learned;
  TimePoint began = kNever;
  RivalCluster cluster(options, make, rng,
                       [&](TimePoint now, HostNumber /*observer*/, const RivalEvent& event) {
                         if (event.subject == 0 && event.incarnation == 2) {
                           learned.push_back(now - began);
                         }
                       });
  cluster.RunUntil(cluster.now() + before);
  began = cluster.now();
  cluster.Announce(0);
  while (learned.size() + 1 < options.members && cluster.Step(began + within)) {
  }
  return learned;
}

}  // namespace vf::sim
