// The figures of membership connections on the /metrics page.
#pragma once

#include "base/os/metrics.h"
#include "gossip/stream/stream_counters.h"

namespace vf {

void WriteStreamMetrics(const StreamCounters& counters, MetricsWriter& writer);

}  // namespace vf
