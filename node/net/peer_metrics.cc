#include "node/net/peer_metrics.h"

#include <string>

namespace vf {
namespace {

using Counters = std::vector<const PeerCounters*>;

double Sum(const Counters& threads, Counter PeerCounters::*which) {
  std::uint64_t sum = 0;
  for (const PeerCounters* thread : threads) sum += (thread->*which).value();
  return static_cast<double>(sum);
}

void WriteSide(const Counters& threads, const std::string& side, MetricsWriter& out) {
  const auto add = [&](const char* name, const char* help, Counter PeerCounters::*which,
                       MetricLabels labels = {}) {
    labels.emplace_back("side", side);
    out.AddCounter(name, help, labels, Sum(threads, which));
  };
  const auto both_ways = [&](const char* name, const char* help, Counter PeerCounters::*in,
                             Counter PeerCounters::*sent) {
    add(name, help, in, {{"direction", "in"}});
    add(name, help, sent, {{"direction", "out"}});
  };
  both_ways("velourfog_peer_frames_total", "Frames of the peer protocol.", &PeerCounters::frames_in,
            &PeerCounters::frames_out);
  both_ways("velourfog_peer_bytes_total", "Bytes of the peer protocol.", &PeerCounters::bytes_in,
            &PeerCounters::bytes_out);
  add("velourfog_peer_writes_total", "Socket writes; frames of one moment share one.",
      &PeerCounters::writes);
  add("velourfog_peer_unknown_frames_total", "Frames of types unknown here, skipped.",
      &PeerCounters::unknown_frames);
  add("velourfog_peer_links_opened_total", "Peer connections that exchanged HELLO.",
      &PeerCounters::links_opened);
  add("velourfog_peer_refused_total", "Sends and connections refused at once.",
      &PeerCounters::refused_full, {{"reason", "queue_full"}});
  add("velourfog_peer_refused_total", "Sends and connections refused at once.",
      &PeerCounters::refused_backoff, {{"reason", "backoff"}});
  add("velourfog_peer_refused_total", "Sends and connections refused at once.",
      &PeerCounters::refused_links, {{"reason", "too_many_links"}});
  out.AddGauge(
      "velourfog_peer_links", "Peer connections that are open.", {{"side", side}},
      Sum(threads, &PeerCounters::links_opened) - Sum(threads, &PeerCounters::links_closed));
  for (std::size_t i = 0; i < kLinkEnds; ++i) {
    std::uint64_t sum = 0;
    for (const PeerCounters* thread : threads) sum += thread->ends[i].value();
    out.AddCounter("velourfog_peer_link_ends_total", "Peer connections that ended, by reason.",
                   {{"side", side}, {"reason", std::string(LinkEndName(static_cast<LinkEnd>(i)))}},
                   static_cast<double>(sum));
  }
}

}  // namespace

void WritePeerMetrics(const Counters& clients, const Counters& servers, MetricsWriter& out) {
  WriteSide(clients, "client", out);
  WriteSide(servers, "server", out);
}

}  // namespace vf
