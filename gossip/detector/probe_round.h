// Whom to probe next: everybody once a round, in an order that differs by process and round.
//
// The order is a keyed permutation of the slot numbers of the member table (a Feistel network over
// the next power of four, walked until it falls into the range), so it needs no memory and no
// shuffling. Who joins during a round is put into the rest of it at random. So two probes of one
// member by one prober are at most 2N - 1 probes apart (SWIM, section 4.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/rng.h"

namespace vf {

// The image of `index` under the permutation of [0, size) that `key` names.
// REQUIRES: index < size.
std::uint64_t Permute(std::uint64_t key, std::uint64_t size, std::uint64_t index);

class ProbeRound {
 public:
  explicit ProbeRound(Rng rng) : rng_(rng) {}

  // A slot below `slots` for which `is_target` holds; none if there is no such slot.
  std::optional<std::size_t> Next(std::size_t slots,
                                  const std::function<bool(std::size_t)>& is_target);

 private:
  void Begin(std::size_t slots);

  Rng rng_;
  std::uint64_t key_ = 0;
  std::size_t size_ = 0;             // slots when the round began
  std::size_t index_ = 0;            // of the next one
  std::size_t seen_ = 0;             // slots when last asked
  std::vector<std::size_t> joined_;  // slots that came during the round
};

}  // namespace vf
