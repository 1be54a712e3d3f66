#include "gossip/udp/gossip_metrics.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace vf {
namespace {

constexpr std::array<const char*, 4> kStates = {"alive", "suspect", "dead", "left"};
constexpr std::array<const char*, 4> kDeathReasons = {"timeout", "refused", "superseded",
                                                      "operator"};

// Counters of one name, told apart by one label.
class Family {
 public:
  Family(MetricsWriter& writer, std::string name, std::string help, std::string label)
      : writer_(writer), name_(std::move(name)), help_(std::move(help)), label_(std::move(label)) {}
  void Add(const std::string& value, std::uint64_t count) {
    writer_.AddCounter(name_, help_, {{label_, value}}, static_cast<double>(count));
  }

 private:
  MetricsWriter& writer_;
  std::string name_, help_, label_;
};

void AddCounter(MetricsWriter& writer, const char* name, const char* help, std::uint64_t value) {
  writer.AddCounter(name, help, {}, static_cast<double>(value));
}

void AddGauge(MetricsWriter& writer, const char* name, const char* help, double value) {
  writer.AddGauge(name, help, {}, value);
}

void WriteMembers(const MembershipSnapshot& membership, MetricsWriter& writer) {
  std::array<int, kStates.size()> members{};
  int udp_bad = 0;
  int degraded = 0;
  for (const Member& member : membership.members) {
    ++members[static_cast<std::size_t>(member.record.state)];
    if (member.record.IsLive() && member.udp_bad) ++udp_bad;
    if (member.degraded) ++degraded;
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    writer.AddGauge("velourfog_gossip_members", "Members known here, by state.",
                    {{"state", kStates[i]}}, members[i]);
  }
  AddGauge(writer, "velourfog_gossip_members_udp_bad",
           "Live members that answer this process over TCP only.", udp_bad);
  AddGauge(writer, "velourfog_gossip_members_degraded",
           "Alive members that are avoided, since they flapped.", degraded);
}

void WritePackets(MetricsWriter& writer, const char* direction, const PacketCounts& counts) {
  for (std::size_t kind = 0; kind < kPacketKinds; ++kind) {
    const MetricLabels labels = {{"direction", direction}, {"type", PacketKindName(kind)}};
    writer.AddCounter("velourfog_gossip_packets_total",
                      "Datagrams of gossip, by the type of their first message.", labels,
                      static_cast<double>(counts.packets[kind]));
    writer.AddCounter("velourfog_gossip_packet_bytes_total",
                      "Bytes of these datagrams, without the headers of UDP and IP and without "
                      "signatures.",
                      labels, static_cast<double>(counts.bytes[kind]));
  }
}

void WriteTraffic(const SwimCounters& swim, const SealCounters& seal, MetricsWriter& writer) {
  Family datagrams(writer, "velourfog_gossip_datagrams_total", "Datagrams.", "direction");
  datagrams.Add("in", swim.datagrams_in + seal.dropped);
  datagrams.Add("out", swim.datagrams_out);
  Family bytes(writer, "velourfog_gossip_bytes_total",
               "Bytes of datagrams, without the headers of UDP and IP.", "direction");
  bytes.Add("in", swim.bytes_in + seal.seal_bytes_in + seal.dropped_bytes);
  bytes.Add("out", swim.bytes_out + seal.seal_bytes_out);
  WritePackets(writer, "in", swim.packets_in);
  WritePackets(writer, "out", swim.packets_out);
}

void WriteLosses(const SwimCounters& swim, const SealCounters& seal, const UdpCounters& udp,
                 MetricsWriter& writer) {
  Family drops(writer, "velourfog_gossip_drops_total",
               "Datagrams and statements that were not taken, by reason.", "reason");
  for (std::size_t i = 0; i < kDropReasons; ++i) {
    drops.Add(DropReasonName(static_cast<DropReason>(i)), swim.drops[i] + seal.drops[i]);
  }
  drops.Add("not_allowed", udp.not_allowed.value());
  drops.Add("truncated", udp.truncated.value());
  drops.Add("buffer_full", udp.overflows.value());

  Family errors(writer, "velourfog_gossip_socket_errors_total",
                "What the system reported about the UDP socket.", "kind");
  errors.Add("refused", udp.refused.value());
  errors.Add("unreachable", udp.unreachable.value());
  errors.Add("receive", udp.receive_errors.value());
  errors.Add("send", udp.send_errors.value());
}

void WriteProbes(const SwimCounters& swim, MetricsWriter& writer) {
  Family probes(writer, "velourfog_gossip_probes_total", "Probes begun, and those that failed.",
                "result");
  probes.Add("begun", swim.probes);
  probes.Add("failed", swim.probes_failed);

  Family echoes(writer, "velourfog_gossip_echoes_total",
                "Pings over TCP, of members that did not answer datagrams.", "result");
  echoes.Add("begun", swim.echoes);
  echoes.Add("answered", swim.echoes_answered);
  echoes.Add("refused", swim.echoes_refused);
  echoes.Add("failed", swim.echoes_failed);

  AddCounter(writer, "velourfog_gossip_found_busy_total",
             "How often a member said that its data threads stand still.", swim.found_busy);
  AddCounter(writer, "velourfog_gossip_udp_found_bad_total",
             "How often a member turned out to answer over TCP only.", swim.udp_found_bad);
  std::vector<double> bounds;
  for (const Duration bound : RoundTripCounts::kBounds) bounds.push_back(ToSeconds(bound));
  writer.AddHistogram("velourfog_gossip_probe_rtt_seconds", "Round trips of the own probes.", {},
                      bounds, swim.round_trips.counts, ToSeconds(swim.round_trips.sum));
}

void WriteReports(const SwimCounters& swim, MetricsWriter& writer) {
  Family reports(writer, "velourfog_gossip_reports_total",
                 "Complaints of the data path about members: sent to controllers, held back, "
                 "taken from others, and what their probes came to.",
                 "kind");
  reports.Add("sent", swim.reports);
  reports.Add("held_back", swim.reports_held_back);
  reports.Add("taken", swim.reports_taken);
  reports.Add("refuted", swim.reports_refuted);
  reports.Add("confirmed", swim.reports_confirmed);
}

void WriteDeaths(const SwimCounters& swim, MetricsWriter& writer) {
  Family suspicions(writer, "velourfog_gossip_suspicions_total",
                    "Suspicions that this process raised, heard of, saw refuted, or saw end in "
                    "a death.",
                    "kind");
  suspicions.Add("raised", swim.suspicions_raised);
  suspicions.Add("heard", swim.suspicions_heard);
  suspicions.Add("refuted", swim.suspicions_refuted);
  suspicions.Add("confirmed", swim.suspicions_confirmed);
  AddCounter(writer, "velourfog_gossip_discounted_accusations_total",
             "Accusations that confirm nothing: of members that are accused themselves, or whose "
             "accusations are mostly refuted.",
             swim.accusations_discounted);

  Family deaths(writer, "velourfog_gossip_deaths_total", "Deaths learnt or decided, by reason.",
                "reason");
  for (std::size_t i = 0; i < kDeathReasons.size(); ++i) {
    deaths.Add(kDeathReasons[i], swim.deaths[i]);
  }
  AddCounter(writer, "velourfog_gossip_fast_deaths_total",
             "Deaths that refused witnesses proved here, without a suspicion.", swim.fast_deaths);
  AddCounter(writer, "velourfog_gossip_degradations_total",
             "Members that fell silent and came back too often, and are avoided.",
             swim.degradations);
  AddCounter(writer, "velourfog_gossip_heal_pings_total", "Pings to members that are not alive.",
             swim.heal_pings);
  AddCounter(writer, "velourfog_gossip_heal_asked_total",
             "Such pings of others, who held this process for dead or left.", swim.heal_asked);
  AddCounter(writer, "velourfog_gossip_heal_contacts_total",
             "Members held for dead or left that turned out to live.", swim.heal_contacts);
}

void WriteNews(const SwimCounters& swim, MetricsWriter& writer) {
  AddCounter(writer, "velourfog_gossip_pushes_total", "Datagrams of news sent at first sight.",
             swim.pushes);
  AddGauge(writer, "velourfog_gossip_queue_length", "Updates that wait to be spread.",
           static_cast<double>(swim.queue_length));
  AddGauge(writer, "velourfog_gossip_queue_peak", "Most updates that waited to be spread.",
           static_cast<double>(swim.queue_peak));
}

void WriteExchanges(const SwimCounters& swim, const StreamCounters& streams,
                    MetricsWriter& writer) {
  AddCounter(writer, "velourfog_gossip_digests_total",
             "Member exchanges begun: to join, after a cut, or because views differed.",
             swim.digests);
  const auto exchanges = [&](const char* transport, const char* result, std::uint64_t count) {
    writer.AddCounter("velourfog_gossip_exchanges_total",
                      "Member exchanges that this process began, by transport and result. One "
                      "that falls back goes on over UDP.",
                      {{"transport", transport}, {"result", result}}, static_cast<double>(count));
  };
  exchanges("udp", "done", swim.exchanges_done);
  exchanges("udp", "failed", swim.exchanges_failed);
  exchanges("tcp", "done", streams.exchanges_done.value());
  exchanges("tcp", "busy", streams.exchanges_busy.value());
  exchanges("tcp", "failed", streams.exchanges_failed.value());
  exchanges("tcp", "fell_back", swim.stream_fallbacks);
}

void WriteOwnState(const SwimCounters& swim, const LoopCounters& loop,
                   const MembershipSnapshot& membership, MetricsWriter& writer) {
  AddCounter(writer, "velourfog_gossip_refutations_total",
             "Accusations of this process that it refuted.", swim.refutations);
  AddCounter(writer, "velourfog_gossip_pause_notices_total",
             "Times that this process told the others that it had been away.", swim.pause_notices);
  AddCounter(writer, "velourfog_gossip_isolations_total",
             "Times that this process took itself for cut off.", swim.isolations);
  AddGauge(writer, "velourfog_gossip_isolated",
           "1 while nearly nobody answers this process, which then accuses nobody.",
           membership.isolated ? 1 : 0);
  AddCounter(writer, "velourfog_gossip_unreached_total",
             "Times that members answered this process, but none reached it at its address.",
             swim.unreached);
  AddGauge(writer, "velourfog_gossip_unreached",
           "1 while members answer this process, but none reaches it at its address.",
           membership.unreached ? 1 : 0);
  AddGauge(writer, "velourfog_gossip_local_health",
           "How little this process trusts its own ears: 0 healthy, 8 worst. Timeouts of probes "
           "and suspicions are this plus 1 times as long.",
           swim.local_health);
  AddCounter(writer, "velourfog_gossip_clock_lags_total", "Turns that came late.", swim.clock_lags);
  AddCounter(writer, "velourfog_gossip_failed_turns_total",
             "Turns of the gossip thread that threw.", loop.failed_turns.value());
  writer.AddHistogram("velourfog_gossip_loop_lag_seconds",
                      "From the deadline of the gossip timer to its turn.", {}, {&loop.lag});
}

void WriteAgreement(TimePoint now, const SwimCounters& swim, const MembershipSnapshot& membership,
                    MetricsWriter& writer) {
  const auto& members = membership.members;
  const auto live = std::count_if(members.begin(), members.end(),
                                  [](const Member& member) { return member.record.IsLive(); });
  // Nobody to agree with: always of one mind.
  const bool alone = live <= 1;
  if (!alone && swim.view_agreed_at == kNever) return;
  AddGauge(writer, "velourfog_gossip_view_agreed_seconds",
           "Since a datagram whose sender had the same view of the live members. Absent until "
           "there was one.",
           alone ? 0 : ToSeconds(std::max(Duration::zero(), now - swim.view_agreed_at)));
}

}  // namespace

void WriteGossipMetrics(TimePoint now, const GossipFigures& figures, MetricsWriter& writer) {
  const auto& [swim, seal, udp, streams, loop, membership] = figures;
  WriteMembers(membership, writer);
  WriteTraffic(swim, seal, writer);
  WriteLosses(swim, seal, udp, writer);
  WriteProbes(swim, writer);
  WriteReports(swim, writer);
  WriteDeaths(swim, writer);
  WriteNews(swim, writer);
  WriteExchanges(swim, streams, writer);
  WriteOwnState(swim, loop, membership, writer);
  WriteAgreement(now, swim, membership, writer);
}

}  // namespace vf
