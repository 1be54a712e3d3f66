// The figures of gossip on the /metrics page.
#pragma once

#include "base/os/metrics.h"
#include "gossip/counters.h"
#include "gossip/seal/datagram_seal.h"
#include "gossip/stream/stream_counters.h"
#include "gossip/types.h"
#include "gossip/udp/udp_socket.h"

namespace vf {

// What the thread itself counts.
struct LoopCounters {
  LatencyHistogram lag;  // from a timer's deadline to its turn
  Counter failed_turns;  // ended by an exception
};

// All that is shown, as its owners count it. It is looked at while the page is written.
struct GossipFigures {
  const SwimCounters& swim;
  const SealCounters& seal;
  const UdpCounters& udp;
  const StreamCounters& streams;
  const LoopCounters& loop;
  const MembershipSnapshot& membership;
};

// `now`: for what is shown as a time since.
void WriteGossipMetrics(TimePoint now, const GossipFigures& figures, MetricsWriter& writer);

}  // namespace vf
