// How the counts of peer connections get on the metrics page.
#pragma once

#include <vector>

#include "base/os/metrics.h"
#include "node/data/peer_counters.h"

namespace vf {

// Adds the sums over all threads as velourfog_peer_*, labelled by side: the one that connects
// (client) and the one that is connected to (server).
void WritePeerMetrics(const std::vector<const PeerCounters*>& clients,
                      const std::vector<const PeerCounters*>& servers, MetricsWriter& out);

}  // namespace vf
