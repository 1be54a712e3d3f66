// All that a run of a cluster with data depends on. Equal specs, equal runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/faults/fault_kind.h"

namespace vf::sim {

// One-way delay of a packet: lognormal, by its median and 99th percentile.
struct LatencySpec {
  Duration median = microseconds(150);
  Duration p99 = microseconds(600);
};

struct NetworkSpec {
  LatencySpec latency;
  int zones = 1;                                                // hosts take turns
  LatencySpec between_zones{milliseconds(1), milliseconds(4)};  // only with zones > 1
  double loss = 0;       // of datagrams; segments of streams are repeated instead, and late
  double duplicate = 0;  // datagrams that arrive twice
  double reorder = 0;    // datagrams that take another delay on top
};

struct WorkloadSpec {
  int clients = 8;
  double operations_per_s = 50;  // of each client, at random moments
  // Shares of the operations; what is left are reads.
  double unique_writes = 0.2;  // each to a key of its own
  double overwrites = 0.3;     // of `hot_keys` keys, through every frontend
  double deletes = 0.05;       // of these too
  int hot_keys = 16;
  double expiring = 0.1;      // share of the writes that have a ttl
  double named_acks = 0.1;    // share of writes and deletes with acks=, from min-acks to all
  double quorum_reads = 0.1;  // share of the reads with r=
  int max_value_bytes = 64;
  bool in_cuts = false;  // clients use hosts that are cut off, too
};

// Something that is done to the cluster at a moment of the first phase.
struct FaultEvent {
  Duration at{};
  Duration lasts{};  // zero: it happens once
  FaultKind kind = FaultKind::kProcessCrash;
  std::vector<int> hosts;  // whom; empty: everybody
  double strength = 0;     // FaultTraits says what it means
};

enum class StartKind : std::uint8_t {
  kCold,  // processes start within a second and join
  kWarm,  // everybody knows everybody and is ready: for large clusters
};

struct RunSpec {
  std::uint64_t seed = 1;
  std::string scenario = "swarm";
  int controllers = 1;
  int nodes = 5;      // that store; hosts 0 to nodes - 1; controllers and frontends behind them
  int frontends = 1;  // that store nothing
  int replicas = 3;
  int partition_digits = 1;
  int min_acks = 0;                   // 0: the cluster's default
  Duration tombstone_age = hours(1);  // whole seconds
  bool disks = false;                 // nodes keep what they hold over a restart (--data-dir)
  StartKind start = StartKind::kCold;
  Duration duration = seconds(60);          // of the first phase
  Duration converge_within = seconds(120);  // the second phase at most
  NetworkSpec network;
  WorkloadSpec workload;  // clients use frontends, and nodes that no fault is to strike
  std::vector<FaultEvent> faults;
  bool keep_history = false;  // for a report
};

// How many replicas have to store a write whose client does not say.
inline int AcksNeeded(const RunSpec& spec) {
  return spec.min_acks > 0 ? spec.min_acks : std::min({2, spec.replicas, spec.nodes});
}

}  // namespace vf::sim
