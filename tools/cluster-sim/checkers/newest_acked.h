// The greatest record of a key that was acknowledged so far.
#pragma once

#include <cstdint>
#include <vector>

#include "tools/cluster-sim/checkers/evidence.h"
#include "tools/cluster-sim/checkers/seen_order.h"

namespace vf::sim {

// Which of the acknowledged operations count.
enum class AckedKind : std::uint8_t {
  kAll,
  // Deletions, from their answer on, and writes with an expiry, from when all must have acted on it
  // (none if clocks are not known).
  kAbsences,
};

struct AckedWrite {
  SeenView record;
  SimTime began = 0;
  SimTime ended = 0;  // from which moment on it counts
  std::uint32_t operation = 0;
};

// Of one key. What its last holder took along is forgotten from that moment on, if the spec excuses
// it: then nobody can be asked for it.
class NewestAcked {
 public:
  // `least_acks`: only those that so many replicas had acknowledged.
  NewestAcked(const Evidence& evidence, const KeyEvents& events, AckedKind kind = AckedKind::kAll,
              int least_acks = 0);

  // In the order of `ended`.
  const std::vector<AckedWrite>& writes() const { return writes_; }

  // The greatest of those that ended at or before `at`, without those of which nobody held a copy
  // any more at some moment up to `seen`. Null if there is none. REQUIRES: at <= seen.
  const AckedWrite* At(SimTime at, SimTime seen) const;
  // Of all, forgotten or not.
  const AckedWrite* Greatest() const;

 private:
  // From a loss until the next one.
  struct Era {
    SimTime from;
    std::vector<std::uint32_t> greatest;  // of writes_[0..i], as positions there; kNone if none
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  void Collect(const Evidence& evidence, const KeyEvents& events, AckedKind kind, int least_acks);

  std::vector<AckedWrite> writes_;
  std::vector<Era> eras_;  // the first one from the beginning
};

}  // namespace vf::sim
