#include "node/node_metrics.h"

#include <optional>

#include "http/http_metrics.h"
#include "node/data/peer_counters.h"
#include "node/net/peer_metrics.h"
#include "node/store/store.h"

namespace vf {
namespace {

using Threads = std::vector<std::unique_ptr<DataThread>>;

// One counter of every thread, added up.
double Sum(const Threads& threads, Counter DataCounters::*counter) {
  std::uint64_t sum = 0;
  for (const auto& thread : threads) sum += (thread->data_counters().*counter).value();
  return static_cast<double>(sum);
}

struct Labelled {
  const char* label;
  Counter DataCounters::*counter;
};

void WriteFamily(const Threads& threads, const char* name, const char* help, const char* label,
                 const std::vector<Labelled>& members, MetricsWriter& writer) {
  for (const Labelled& member : members) {
    writer.AddCounter(name, help, {{label, member.label}}, Sum(threads, member.counter));
  }
}

void WriteStore(const StoreStats& stats, MetricsWriter& writer) {
  writer.AddGauge("velourfog_store_records", "Records held, by kind.", {{"kind", "value"}},
                  static_cast<double>(stats.live_records));
  writer.AddGauge("velourfog_store_records", "Records held, by kind.", {{"kind", "tombstone"}},
                  static_cast<double>(stats.tombstones));
  writer.AddGauge("velourfog_store_expiring_records", "Live records that expire by themselves.", {},
                  static_cast<double>(stats.expiring_records));
  writer.AddGauge("velourfog_store_data_bytes", "Bytes of keys and values of live records.", {},
                  static_cast<double>(stats.bytes));
  writer.AddGauge("velourfog_store_memory_bytes", "Memory that the store takes, as estimated.", {},
                  static_cast<double>(stats.memory_bytes));
}

void WriteSync(const SyncGauges& sync, MetricsWriter& writer) {
  const auto read = [](const std::atomic<std::uint64_t>& value) {
    return static_cast<double>(value.load(std::memory_order_relaxed));
  };
  writer.AddCounter("velourfog_sync_passes_total",
                    "Complete comparisons of a copy here with a peer's, begun here.", {},
                    read(sync.passes));
  const char* const moved = "Records that passes begun here have moved, by direction.";
  writer.AddCounter("velourfog_sync_records_total", moved, {{"direction", "fetched"}},
                    read(sync.records_fetched));
  writer.AddCounter("velourfog_sync_records_total", moved, {{"direction", "given"}},
                    read(sync.records_given));
  writer.AddCounter("velourfog_tombstones_collected_total",
                    "Tombstones that every copy had heard of, and that are kept here no longer.",
                    {}, read(sync.tombstones_collected));
  writer.AddGauge("velourfog_members_away",
                  "Dead storage members that may come back: no tombstone goes before they do.", {},
                  read(sync.members_away));
  writer.AddGauge("velourfog_undelivered_records",
                  "Records held here of partitions that other nodes own.", {},
                  read(sync.undelivered));
  writer.AddGauge("velourfog_divergence",
                  "Buckets that differ from other owners' copies, as they were compared last, and "
                  "undelivered records.",
                  {}, read(sync.divergence));
}

void WriteMove(const std::optional<MoveFigures>& move, MetricsWriter& writer) {
  const MoveFigures figures = move.value_or(MoveFigures());
  const char* const partitions =
      "Partitions that the move which runs is about, by whether their copies here are complete.";
  writer.AddGauge("velourfog_move_partitions", partitions, {{"state", "complete"}},
                  static_cast<double>(figures.complete));
  writer.AddGauge("velourfog_move_partitions", partitions, {{"state", "to_come"}},
                  static_cast<double>(figures.partitions - figures.complete));
  writer.AddGauge("velourfog_move_records", "Records that the move which runs has brought.", {},
                  static_cast<double>(figures.records));
  writer.AddGauge("velourfog_move_bytes",
                  "Bytes of keys and values that the move which runs has brought.", {},
                  static_cast<double>(figures.bytes));
}

}  // namespace

void WriteDataMetrics(const Threads& threads, const DataPlane& plane, MetricsWriter& writer) {
  WriteFamily(threads, "velourfog_reads_total", "Reads by where they were answered.", "from",
              {{"own_copy", &DataCounters::own_reads},
               {"owners", &DataCounters::remote_reads},
               {"local_option", &DataCounters::local_reads},
               {"several_owners", &DataCounters::quorum_reads}},
              writer);
  writer.AddCounter("velourfog_writes_total", "Writes begun, deletions included.", {},
                    Sum(threads, &DataCounters::writes));
  WriteFamily(threads, "velourfog_operations_total",
              "Operations against replicas that ended, by outcome.", "outcome",
              {{"ok", &DataCounters::operations_ok},
               {"unavailable", &DataCounters::operations_unavailable},
               {"overloaded", &DataCounters::operations_overloaded},
               {"no_space", &DataCounters::operations_no_space}},
              writer);
  WriteFamily(threads, "velourfog_replica_requests_total", "Requests of peers that were served.",
              "kind",
              {{"store", &DataCounters::peer_stores},
               {"read", &DataCounters::peer_reads},
               {"sync", &DataCounters::peer_passes},
               {"note", &DataCounters::peer_notes},
               {"behind", &DataCounters::behind_told}},
              writer);
  writer.AddCounter("velourfog_expired_total",
                    "Records that became tombstones here when they expired.", {},
                    Sum(threads, &DataCounters::expired));
  writer.AddCounter("velourfog_lists_learned_total",
                    "Answers of peers that worked with another list of owners.", {},
                    Sum(threads, &DataCounters::lists_learned));
  writer.AddCounter("velourfog_conflicts_total",
                    "Acknowledged writes of this process that were discarded in favour of others "
                    "that did not know them.",
                    {}, static_cast<double>(plane.conflicts.count()));
  writer.AddCounter("velourfog_pauses_total",
                    "Times that a data thread had no turn for long and doubted its copies.", {},
                    Sum(threads, &DataCounters::pauses));
  if (const StoredCopies* copies = plane.copies()) {
    WriteStore(copies->store.Stats(), writer);
    WriteSync(copies->sync, writer);
    WriteMove(copies->move.Read(), writer);
  }

  std::vector<const HttpMetrics*> http;
  std::vector<const PeerCounters*> clients;
  std::vector<const PeerCounters*> servers;
  for (const auto& thread : threads) {
    http.push_back(&thread->http_metrics());
    clients.push_back(&thread->client_counters());
    servers.push_back(&thread->server_counters());
  }
  WriteHttpMetrics(http, writer);
  WritePeerMetrics(clients, servers, writer);
}

}  // namespace vf
