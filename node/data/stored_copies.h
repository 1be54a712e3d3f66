// The store with what is known of its completeness, and what passes do for it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "node/data/move_gauges.h"
#include "node/replication/client_watch.h"
#include "node/replication/copy_states.h"
#include "node/replication/replica.h"
#include "node/replication/sync_plan.h"
#include "node/store/store.h"

namespace vf {

// Written by the thread that runs the SyncPlan, read by any; see SyncFigures, Divergence, Handoff
// and TombstoneRounds.
struct SyncGauges {
  std::atomic<std::uint64_t> passes{0};
  std::atomic<std::uint64_t> records_fetched{0};
  std::atomic<std::uint64_t> records_given{0};
  std::atomic<std::uint64_t> undelivered{0};  // records of partitions that are not owned here
  std::atomic<std::uint64_t> divergence{0};   // buckets that differ, and undelivered
  std::atomic<std::uint64_t> tombstones_collected{0};
  std::atomic<std::uint64_t> members_away{0};  // that tombstones are kept for
};

// Copies as a process finds them when it starts.
struct KeptCopies {
  std::shared_ptr<Store> store;      // never null
  std::vector<KeptHolders> holders;  // none: nothing was kept
};

// Made when the number of partitions is known. Threads: those of its parts.
struct StoredCopies {
  explicit StoredCopies(KeptCopies kept)
      : owned_store(std::move(kept.store)),
        store(*owned_store),
        kept_holders(std::move(kept.holders)),
        states(store.partition_count()),
        local{store, states, &writers, &clients} {}
  const std::shared_ptr<Store> owned_store;
  Store& store;
  std::vector<KeptHolders> kept_holders;  // until the SyncPlan takes them
  CopyStates states;
  RecentWriters writers;
  ClientWatch clients;
  LocalCopies local;
  SyncGauges sync;
  MoveGauges move;
};

}  // namespace vf
