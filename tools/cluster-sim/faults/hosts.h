// The hosts of a run: their numbers, their names, and which of them clients use.
//
// Numbers: storage nodes first, then controllers, then frontends that store nothing; hosts of
// nodes that join later follow, in the order of their joining.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/cluster-sim/run_spec.h"

namespace vf::sim {

// Those that are there from the beginning.
int HostCount(const RunSpec& spec);
// Those that join, too.
int HostCountWithJoins(const RunSpec& spec);
inline bool IsNode(const RunSpec& spec, int host) { return host >= 0 && host < spec.nodes; }

// "node-0", "controller-1", "frontend-0"; "joined-0" for those that come later.
std::string HostName(const RunSpec& spec, int host);
// The inverse; none for anything else. Hosts that join are known once spec.faults has their join.
std::optional<int> HostNamed(const RunSpec& spec, std::string_view name);

// The nodes and frontends that serve clients: those that no fault strikes in a way that ends
// requests half done; cuts do not count with WorkloadSpec::in_cuts. Sorted.
std::vector<int> ClientHosts(const RunSpec& spec);

}  // namespace vf::sim
