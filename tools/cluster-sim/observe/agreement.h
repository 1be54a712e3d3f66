// Whether a cluster has come to rest: everybody agrees on everything, and it is true.
#pragma once

#include <cstdint>
#include <string>

#include "tools/cluster-sim/process/cluster.h"

namespace vf::sim {

// Pure looks at what processes hold at this moment.

// Why a cluster does not serve yet: a data process is not ready or has not met the owners. Empty:
// it serves.
std::string WhyNotServing(const Cluster& cluster);

// The first difference between the processes, or between what they believe and what is so; empty:
// all have the same members, those that live, all are ready, all lists are equal, each has as many
// owners as there can be, they live, all count the same members as away, and each calls all its
// copies in sync.
std::string WhyNotAgreed(const Cluster& cluster);

// The first process whose own figure of divergence is not 0; empty: all are.
std::string WhyNotConvergedByFigures(const Cluster& cluster);

// Keys that two owners, each by its own view, hold differently, or one of them does not hold.
std::uint64_t DivergentKeys(const Cluster& cluster);

}  // namespace vf::sim
