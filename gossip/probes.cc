#include "gossip/probes.h"

#include <algorithm>
#include <utility>

namespace vf {

bool Probes::Begin(const Probe& probe) {
  if (running_.size() >= kMaxProbes || IsProbing(probe.target)) return false;
  return running_.try_emplace(probe.seq, probe).second;
}

bool Probes::IsProbing(MemberKey target) const {
  return std::any_of(running_.begin(), running_.end(),
                     [&](const auto& item) { return item.second.target == target; });
}

std::vector<Probe> Probes::TakeUnanswered(TimePoint now) {
  std::vector<Probe> due;
  for (auto& item : running_) {
    Probe& probe = item.second;
    if (probe.relayed || probe.relay_at > now || probe.verdict_at <= now) continue;
    probe.relayed = true;
    due.push_back(probe);
  }
  return due;
}

void Probes::SetRelays(std::uint32_t seq, std::vector<MemberKey> relays) {
  const auto it = running_.find(seq);
  if (it != running_.end()) it->second.relays = std::move(relays);
}

std::vector<Probe> Probes::TakeFailed(TimePoint now) {
  std::vector<Probe> failed;
  for (auto it = running_.begin(); it != running_.end();) {
    if (it->second.verdict_at > now) {
      ++it;
      continue;
    }
    failed.push_back(std::move(it->second));
    it = running_.erase(it);
  }
  return failed;
}

const Probe* Probes::Find(std::uint32_t seq) const {
  const auto it = running_.find(seq);
  return it == running_.end() ? nullptr : &it->second;
}

const Probe* Probes::Find(std::uint32_t seq, MemberKey from) const {
  const Probe* probe = Find(seq);
  if (probe == nullptr || probe->target == from) return probe;
  const auto& relays = probe->relays;
  return std::find(relays.begin(), relays.end(), from) != relays.end() ? probe : nullptr;
}

std::optional<Probe> Probes::TakeAcked(std::uint32_t seq, MemberKey from) {
  if (Find(seq, from) == nullptr) return std::nullopt;
  const auto it = running_.find(seq);
  Probe probe = std::move(it->second);
  running_.erase(it);
  return probe;
}

void Probes::End(MemberKey target) {
  std::erase_if(running_, [&](const auto& item) { return item.second.target == target; });
}

TimePoint Probes::NextDeadline() const {
  TimePoint next = kNever;
  for (const auto& item : running_) {
    next = std::min(next, item.second.relayed
                              ? item.second.verdict_at
                              : std::min(item.second.relay_at, item.second.verdict_at));
  }
  return next;
}

void Probes::Postpone(Duration lag) {
  for (auto& item : running_) {
    item.second.relay_at += lag;
    item.second.verdict_at += lag;
  }
}

}  // namespace vf
