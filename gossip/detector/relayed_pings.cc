#include "gossip/detector/relayed_pings.h"

#include <algorithm>
#include <utility>

namespace vf {
namespace {

template <typename Wanted>
std::vector<RelayedPing> TakeIf(std::map<std::uint32_t, RelayedPing>& running, Wanted wanted) {
  std::vector<RelayedPing> taken;
  for (auto it = running.begin(); it != running.end();) {
    if (!wanted(it->second)) {
      ++it;
      continue;
    }
    taken.push_back(it->second);
    it = running.erase(it);
  }
  return taken;
}

}  // namespace

bool RelayedPings::Add(const RelayedPing& ping) {
  if (running_.size() >= kMaxRelayedPings) return false;
  return running_.try_emplace(ping.seq, ping).second;
}

std::optional<RelayedPing> RelayedPings::Take(std::uint32_t seq, MemberKey from) {
  const auto it = running_.find(seq);
  if (it == running_.end() || it->second.target != from) return std::nullopt;
  return TakeMisdirected(seq);
}

std::optional<RelayedPing> RelayedPings::TakeMisdirected(std::uint32_t seq) {
  const auto it = running_.find(seq);
  if (it == running_.end()) return std::nullopt;
  RelayedPing ping = it->second;
  running_.erase(it);
  return ping;
}

std::vector<RelayedPing> RelayedPings::TakeFailed(const Endpoint& endpoint) {
  return TakeIf(running_, [&](const RelayedPing& p) { return p.target_endpoint == endpoint; });
}

std::vector<RelayedPing> RelayedPings::TakeUnanswered(TimePoint now) {
  return TakeIf(running_, [&](const RelayedPing& p) { return p.nack_at <= now; });
}

TimePoint RelayedPings::NextDeadline() const {
  TimePoint next = kNever;
  for (const auto& item : running_) next = std::min(next, item.second.nack_at);
  return next;
}

void RelayedPings::Postpone(Duration lag) {
  for (auto& item : running_) item.second.nack_at += lag;
}

}  // namespace vf
