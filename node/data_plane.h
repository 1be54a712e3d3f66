// What the data threads of one process share.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/hybrid_clock.h"
#include "gossip/types.h"
#include "node/replication/replica.h"
#include "node/replication/replicator.h"
#include "node/replication/sync_plan.h"
#include "node/store/memory_engine.h"
#include "node/view_channel.h"

namespace vf {

// The store with what is known of its completeness; made when the number of partitions is known.
struct StoredCopies {
  StoredCopies(Partition partition_count, std::uint64_t max_memory_bytes)
      : store({.partition_count = partition_count, .max_memory_bytes = max_memory_bytes}),
        states(partition_count),
        local{store, states} {}
  MemoryEngine store;
  CopyStates states;
  LocalCopies local;
};

// Threads: any, with what each member says.
struct DataPlane {
  MemberKey self = kNoMember;
  ReplicatorConfig replicator;
  // A data thread that had no turn for so long was paused, or its machine was.
  Duration longest_turn = milliseconds(125);
  SyncConfig sync;

  ViewChannel views;
  HybridClock clock;

  // Set once by the gossip thread before the first joined view is published; null in a frontend
  // without storage.
  std::atomic<StoredCopies*> copies{nullptr};

  // --- To the membership; called by data threads, must not block ---
  // `done` is called on the gossip thread once the view that follows from the records is published.
  std::function<void(std::vector<MemberRecord> records, std::function<void()> done)> learn;
  std::function<void(MemberKey member)> report;
  // Writes may have gone past this process: no copy answers alone any more, from the return of this
  // on, until it has compared itself with the others.
  std::function<void()> doubt_copies;
  // Every partition is in sync: announce that this process is ready, first to `displaced`.
  std::function<void(std::vector<MemberKey> displaced)> announce_ready;
};

}  // namespace vf
