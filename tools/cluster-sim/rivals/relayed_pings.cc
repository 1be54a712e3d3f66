#include "tools/cluster-sim/rivals/relayed_pings.h"

#include <algorithm>

namespace vf::sim {

std::optional<RelayedPing> RelayedPings::TakeAnswered(std::uint32_t sequence) {
  const auto ping = std::find_if(pings_.begin(), pings_.end(), [sequence](const RelayedPing& p) {
    return p.sequence == sequence;
  });
  if (ping == pings_.end()) return std::nullopt;
  const RelayedPing found = *ping;
  pings_.erase(ping);
  return found;
}

std::optional<RelayedPing> RelayedPings::TakeOverdue(TimePoint now) {
  if (pings_.empty() || pings_.front().until > now) return std::nullopt;
  const RelayedPing found = pings_.front();
  pings_.erase(pings_.begin());
  return found;
}

}  // namespace vf::sim
