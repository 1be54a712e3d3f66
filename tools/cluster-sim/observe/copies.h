// Looks into the stores of all processes: samples in the middle of a run and of each copy that
// comes in sync, everything at its end, and whether an acknowledged write is about to go with its
// last holder.
//
// Thread: none of its own; one run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/lookup_map.h"
#include "base/rng.h"
#include "node/store/record.h"
#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/process/cluster.h"
#include "tools/cluster-sim/workload/key_book.h"

namespace vf::sim {

class Copies {
 public:
  // The references outlive this object.
  Copies(const Cluster& cluster, KeyBook& book, const Rng& rng);

  // A key was written, or soon will be: it is worth a look.
  void OnWritten(KeyNumber key);
  // Looks at some of the keys that were written lately, at each process; at a few processes, if
  // there are many. Only what differs from the last look is noted.
  void Sample(SimTime at);
  // All keys, at one process.
  void SampleAll(SimTime at, ProcessNumber process);

  // A process calls its copy of a partition in sync from now on: looks at each key of it, at all
  // processes.
  void OnCopyInSync(SimTime at, ProcessNumber process, const CopyInSync& copy);

  // A process hands over all that it holds of a partition: the same.
  void OnBeforeDrop(SimTime at, ProcessNumber process, Partition partition);

  // Before `leaving` loses its memory: what nobody else who lives has then.
  void NoteLastHolder(SimTime at, ProcessNumber leaving);
  // An answer has reached its client: its write may have lost its last holder on the way.
  void NoteAcked(SimTime at, KeyNumber key);

  // Bytes of the records that the process holds of partitions in which it has a place.
  static std::uint64_t ShareOf(const SimProcess& process);

  // Every copy of an owner, and every other one that is there. In the order of process and key.
  std::vector<FinalCopy> Final() const;

  std::vector<CopySample> TakeSamples() { return std::move(samples_); }
  std::vector<SyncReport> TakeSyncReports() { return std::move(sync_reports_); }
  std::vector<Drop> TakeDrops() { return std::move(drops_); }
  std::vector<LastHolderGone> TakeLost() { return std::move(lost_); }

 private:
  struct Look {
    RecordRef record;
    bool owner = false;
    bool in_sync = false;
  };
  Look LookAt(const SimProcess& process, const BookedKey& key) const;
  // `always`: also what does not differ from the last look.
  void Note(SimTime at, const SimProcess& process, KeyNumber key, bool always = false);
  // Of this version, or a greater one.
  bool HasHolder(const BookedKey& key, std::uint64_t version, ProcessNumber except) const;
  std::vector<ProcessNumber> Storing() const;

  const Cluster& cluster_;
  KeyBook& book_;
  Rng rng_;
  std::vector<KeyNumber> recent_;  // the latest last; a ring
  std::size_t recent_count_ = 0;
  LookupMap<std::uint64_t, std::uint64_t> noted_;  // by process and key: a hash of the last look
  std::vector<CopySample> samples_;
  std::vector<SyncReport> sync_reports_;
  std::vector<Drop> drops_;
  std::vector<LastHolderGone> lost_;
};

}  // namespace vf::sim
