#include "gossip/tcp/stream_metrics.h"

#include <string>

namespace vf {
namespace {

double Value(const Counter& counter) { return static_cast<double>(counter.value()); }

}  // namespace

void WriteStreamMetrics(const StreamCounters& counters, MetricsWriter& writer) {
  const auto add = [&writer](const char* name, const char* help, const char* label,
                             const char* value, const Counter& counter) {
    writer.AddCounter(name, help, {{label, value}}, Value(counter));
  };
  // Of those that this process began: gossip_metrics.cc, by transport.
  const char* const kAskers = "velourfog_gossip_stream_askers_total";
  const char* const kAskersHelp = "Member exchanges over TCP that others began here, by result.";
  add(kAskers, kAskersHelp, "result", "served", counters.exchanges_served);
  add(kAskers, kAskersHelp, "result", "turned_away", counters.exchanges_refused);
  writer.AddCounter("velourfog_gossip_stream_echoes_answered_total",
                    "Echoes of others that were answered.", {}, Value(counters.echoes_answered));
  const char* const kBytes = "velourfog_gossip_stream_bytes_total";
  const char* const kBytesHelp = "Bytes of membership connections.";
  add(kBytes, kBytesHelp, "direction", "in", counters.bytes_in);
  add(kBytes, kBytesHelp, "direction", "out", counters.bytes_out);
  const char* const kParts = "velourfog_gossip_stream_parts_total";
  const char* const kPartsHelp = "PART frames of member exchanges.";
  add(kParts, kPartsHelp, "direction", "in", counters.parts_in);
  add(kParts, kPartsHelp, "direction", "out", counters.parts_out);
  const char* const kRefused = "velourfog_gossip_stream_refused_total";
  const char* const kRefusedHelp = "Membership connections beyond the limit.";
  add(kRefused, kRefusedHelp, "direction", "in", counters.refused_incoming);
  add(kRefused, kRefusedHelp, "direction", "out", counters.refused_outgoing);
  writer.AddCounter("velourfog_gossip_stream_unknown_frames_total",
                    "Frames of types unknown here, skipped.", {}, Value(counters.unknown_frames));
  writer.AddGauge("velourfog_gossip_streams", "Membership connections that are open.", {},
                  Value(counters.opened) - Value(counters.closed));
  for (std::size_t i = 0; i < kLinkEnds; ++i) {
    writer.AddCounter(
        "velourfog_gossip_stream_ends_total", "Membership connections that ended, by reason.",
        {{"reason", std::string(LinkEndName(static_cast<LinkEnd>(i)))}}, Value(counters.ends[i]));
  }
}

}  // namespace vf
