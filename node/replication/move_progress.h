// How far this process is with the copies that it has to make complete: what a bar shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/key_hash.h"
#include "base/time.h"

namespace vf {

// A move that runs: the copies that came to be incomplete here since all were complete last,
// because this process joins, owns more than before, was restarted, or is behind.
struct MoveFigures {
  std::uint64_t partitions = 0;  // that it is about; never fewer than `complete`
  std::uint64_t complete = 0;    // of them, in sync again
  std::uint64_t records = 0;     // that came from peers
  std::uint64_t bytes = 0;       // of their keys and values
  TimePoint began;
  TimePoint advanced;  // the last step: a copy complete, or an answer that a pass can use
};

// Counts. A move begins with the first copy that is incomplete, takes in those that come to be so
// while it runs, and ends with the last one; the next begins at 0. Nobody knows beforehand how much
// has to travel: most of a partition may be here already.
//
// Pure: time comes in. Thread: none of its own; one owner, the SyncPlan.
// Invariants: 1. A move runs as long as a copy is incomplete: while it runs, `complete` is below
//                `partitions`.
//             2. A partition counts once, however often its copy is doubted while the move runs.
class MoveProgress {
 public:
  explicit MoveProgress(Partition partition_count) : counted_in_(partition_count) {}

  // REQUIRES: the copy is complete, or new.
  void OnIncomplete(TimePoint now, Partition partition);
  // REQUIRES: it is incomplete.
  void OnComplete(TimePoint now, Partition partition);
  // It is not this process's to complete any more. `incomplete`: what it was until now.
  void OnLost(Partition partition, bool incomplete);
  // A step of a pass of an incomplete copy, which brought so much.
  void OnStep(TimePoint now, std::uint64_t records, std::uint64_t bytes);

  std::size_t incomplete() const { return incomplete_; }
  // None: no move runs.
  std::optional<MoveFigures> figures() const;

 private:
  std::vector<std::uint64_t> counted_in_;  // by partition: the last move that it was part of
  std::uint64_t move_ = 0;                 // number of the last move that began; they begin at 1
  std::size_t incomplete_ = 0;
  MoveFigures figures_;  // of that move, without `complete`
};

}  // namespace vf
