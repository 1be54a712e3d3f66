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
    if (probe.ping_at > now || probe.verdict_at <= now) continue;
    probe.sent[probe.pings++] = now;
    probe.ping_at =
        probe.pings < static_cast<std::uint32_t>(config_.probe_pings) ? now + probe.rto : kNever;
    due.push_back(probe);
  }
  return due;
}

void Probes::SetRelays(std::uint32_t seq, const std::vector<MemberKey>& relays) {
  const auto it = running_.find(seq);
  if (it == running_.end()) return;
  it->second.relays = it->second.silent_relays = relays;
}

void Probes::NoteRelayAnswer(std::uint32_t seq, MemberKey relay) {
  const auto it = running_.find(seq);
  if (it != running_.end()) std::erase(it->second.silent_relays, relay);
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

const Probe* Probes::Find(std::uint32_t number) const {
  auto it = running_.upper_bound(number);
  if (it == running_.begin()) return nullptr;
  const Probe& probe = (--it)->second;
  return number - probe.seq < probe.pings ? &probe : nullptr;
}

const Probe* Probes::Find(std::uint32_t number, MemberKey from) const {
  const Probe* probe = Find(number);
  if (probe == nullptr || probe->target == from) return probe;
  const auto& relays = probe->relays;
  return std::find(relays.begin(), relays.end(), from) != relays.end() ? probe : nullptr;
}

std::optional<Probe> Probes::TakeAcked(std::uint32_t number, MemberKey from) {
  const Probe* found = Find(number, from);
  if (found == nullptr) return std::nullopt;
  const auto it = running_.find(found->seq);
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
    next = std::min({next, item.second.ping_at, item.second.verdict_at});
  }
  return next;
}

void Probes::Postpone(Duration lag) {
  for (auto& item : running_) {
    if (item.second.ping_at != kNever) item.second.ping_at += lag;
    item.second.verdict_at += lag;
  }
}

}  // namespace vf
