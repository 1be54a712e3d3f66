// What the data threads of one process share, and what they ask of its membership.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/hybrid_clock.h"
#include "gossip/complaint.h"
#include "gossip/types.h"
#include "node/data/conflict_log.h"
#include "node/data/stored_copies.h"
#include "node/data/view_channel.h"
#include "node/replication/replicator.h"
#include "node/replication/stop_checks.h"
#include "node/replication/sync_plan.h"

namespace vf {

// What a process is told of data when it starts.
struct DataSettings {
  bool stores = true;             // false: a frontend without storage
  std::optional<int> min_acks{};  // none: the cluster's default
  std::uint64_t max_value_bytes = std::uint64_t{16} << 20;
  std::uint64_t max_memory_bytes = std::uint64_t{1} << 30;  // of keys, values and their keeping
};

// What all data threads together have noted of owners that writes went past. Threads: any.
struct BehindGauges {
  std::atomic<std::uint64_t> noted{0};   // requests to note, ever
  std::atomic<std::uint64_t> untold{0};  // BehindNotes::size()
};

// Threads: any, with what each member says. No clock, no log: like the objects that share it, it
// runs in virtual time as well.
struct DataPlane {
  DataPlane(MemberKey self_key, const DataSettings& given);

  const MemberKey self;
  const DataSettings settings;
  // What follows from the settings; as it is when the first view is published.
  ReplicatorConfig replicator;
  SyncConfig sync;
  StopCheckConfig stop;
  // A data thread that had no turn for so long was paused, or its machine was.
  Duration longest_turn;

  ViewChannel views;
  HybridClock clock;
  BehindGauges behind;
  ConflictLog conflicts;

  // Null until MakeCopies(), and always in a frontend without storage.
  StoredCopies* copies() const { return copies_.load(std::memory_order_acquire); }
  // Thread: the membership's, or its owner's before that has begun; once, before the first joined
  // view is published. May block where a disk is. Not empty: there is no store, and why.
  std::string MakeCopies(Partition partition_count, Duration tombstone_age);
  // Writes may have gone past this process: no copy answers alone any more, from the return of this
  // on, until it has compared itself with the others.
  void DoubtCopies();
  // The same for these alone: `holder` has writes that went past this process.
  void DoubtCopies(const std::vector<Partition>& partitions, MemberKey holder);

  // --- To the membership; called by data threads. They must not block, nor call a driver before
  // they have returned ---
  // `done` is called once the view that follows from the records is published; on any thread.
  std::function<void(std::vector<MemberRecord> records, std::function<void()> done)> learn;
  // It refused, vanished or does not answer: see Swim::Report().
  std::function<void(MemberKey member, std::uint64_t boot, const Complaint& complaint)> report;
  // DataDriver::MarkAllNotInSync() on every thread. Called by whoever doubts the copies.
  std::function<void()> on_copies_doubted;
  // DataDriver::OnBehind() on every thread.
  std::function<void(const std::vector<Partition>& partitions, MemberKey holder)> on_behind;
  // Every partition is in sync: announce that this process is ready, first to `displaced`.
  std::function<void(std::vector<MemberKey> displaced)> announce_ready;

  // This process was told to leave for good (Phase::kDraining), has handed over all that it held,
  // and stores nothing any more: it may say so and end. Once.
  std::function<void()> on_emptied;

  // --- With data on disk; null: everything is kept in memory, and nothing over a restart ---
  // See MakeCopies(). `error` is written if there is no store.
  std::function<KeptCopies(Partition partition_count, Duration tombstone_age, std::string& error)>
      open_store;
  // SyncOutputs::kept. Called by one data thread; returns once they are kept.
  std::function<void(const std::vector<KeptHolders>& holders)> keep_holders;

  // --- For whoever watches; may be null ---
  std::function<void(const CopyInSync& copy)> on_copy_in_sync;
  // All that is here of it is about to be dropped: every owner has it.
  std::function<void(Partition partition)> on_before_drop;

 private:
  std::unique_ptr<StoredCopies> owned_copies_;
  std::atomic<StoredCopies*> copies_{nullptr};
};

}  // namespace vf
