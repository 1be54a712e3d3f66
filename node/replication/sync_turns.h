// Which copy is compared with whose when nothing else asks for it, and how often: what a write that
// nobody acknowledged, or a mistake, has left different is found and mended in the background.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/key_hash.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/types.h"
#include "node/placement/cluster_view.h"

namespace vf {

struct TurnConfig {
  Duration round = seconds(10);          // in which every pair has its turn, if the pauses allow it
  Duration min_pause = milliseconds(4);  // between two turns
  Duration max_pause = milliseconds(500);
  int slower_by = 4;  // while clients are served
  // Turns under way. One that finds nothing is a message; one whose peer is slow holds up no other.
  std::size_t max_at_once = 2;
};

// A pair is a partition that this process owns and another owner of it. Their turns come in the
// order of partitions, at this rate:
//
//   turns a second = pairs / round, at least 1 / max_pause, at most 1 / min_pause;
//                    divided by slower_by while clients are served
//
// With 3 nodes, K = 3 and 256 partitions a process has 512 pairs and 51 turns a second, with
// clients 13; and each pair is compared from both ends. 65,536 partitions take 9 minutes a round.
//
// Thread: none of its own; one owner.
class SyncTurns {
 public:
  struct Pair {
    Partition partition = 0;
    MemberKey peer = kNoMember;
  };

  SyncTurns(const TurnConfig& config, Rng rng) : config_(config), rng_(rng) {}

  // What this process owns may be something else now.
  void Follow(const ClusterView& view);
  std::size_t pairs() const { return pairs_; }
  // From one turn to the next.
  Duration Pause(bool clients_are_served) const;
  // The next pair. None: there is none. `view`: the one that was followed last.
  std::optional<Pair> Next(const ClusterView& view);

 private:
  const TurnConfig config_;
  Rng rng_;
  std::vector<Partition> owned_;  // with others
  std::size_t pairs_ = 0;
  std::optional<std::size_t> at_;  // in owned_; none: not begun
  std::size_t owner_ = 0;          // in the list of owners of that partition
};

}  // namespace vf
