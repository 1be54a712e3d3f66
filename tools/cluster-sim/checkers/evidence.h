// What a checker looks at.
#pragma once

#include <cstdint>
#include <optional>

#include "tools/cluster-sim/checkers/history.h"
#include "tools/cluster-sim/checkers/history_index.h"
#include "tools/cluster-sim/checkers/intervals.h"
#include "tools/cluster-sim/checkers/judge_spec.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {

// The history, read once for all checkers.
struct Evidence {
  // Both outlive it.
  Evidence(const History& history_of_run, const JudgeSpec& spec_of_run);
  Evidence(const Evidence&) = delete;
  Evidence& operator=(const Evidence&) = delete;

  const History& history;
  const JudgeSpec& spec;
  HistoryIndex index;
  Intervals faults;       // all of them, without grace
  Intervals stale_reads;  // in which they are legal, with grace
  // Of these, when a key may have owners who do not have what others acknowledged.
  Intervals other_owners;

  bool converged() const { return history.converged_at != kNotYet; }
  // Whether clocks are known well enough to judge what depends on them.
  bool clocks_known() const { return spec.clock_skew != kNotYet; }
  // Unix time by a clock that is right.
  std::uint64_t WallAt(SimTime at) const;
  // The moments from which some process may, and from which every process must, take a record with
  // this expiry for absent. REQUIRES: clocks_known() and an expiry that is not 0.
  SimTime MayExpireAt(std::uint64_t expiry_ms) const;
  SimTime MustExpireAt(std::uint64_t expiry_ms) const;
  // Whether digests may leave the record out at `at`, and copies may have let go of it: a tombstone
  // older than its age, or what has expired and become one.
  bool MayBeLeftOut(const SeenView& record, SimTime at) const;
  // Whether the record is a tombstone, or may be one to some process at `at`.
  bool MayBeTombstone(const SeenView& record, SimTime at) const;
  // Whether a process that holds this has what `needed` says at `at`, or more.
  bool Has(const std::optional<SeenRecord>& held, const SeenView& needed, SimTime at) const;
};

}  // namespace vf::sim
