// Pings that a member has sent because somebody else asked for them.
//
// Thread: none of its own; one owner. Invariant: in the order of `until`, since all take the same
// time.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/network/network.h"

namespace vf::sim {

struct RelayedPing {
  std::uint32_t sequence = 0;  // of the own ping
  HostNumber asker = 0;
  std::uint32_t asker_sequence = 0;
  TimePoint until;
};

class RelayedPings {
 public:
  void Add(const RelayedPing& ping) { pings_.push_back(ping); }
  // The one that this answers; it is gone then. None: it was given up, or is none of these.
  std::optional<RelayedPing> TakeAnswered(std::uint32_t sequence);
  // The first whose time is over; it is gone then.
  std::optional<RelayedPing> TakeOverdue(TimePoint now);
  // When the next one's time is over.
  TimePoint next() const { return pings_.empty() ? kNever : pings_.front().until; }

 private:
  std::vector<RelayedPing> pings_;
};

}  // namespace vf::sim
