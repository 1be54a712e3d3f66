#include "gossip/detector/probes.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace vf {

bool Probes::Begin(const Probe& probe) {
  if (running_.size() >= kMaxProbes || IsProbing(probe.target)) return false;
  return running_.try_emplace(probe.seq, probe).second;
}

bool Probes::IsProbing(MemberKey target) const {
  return std::any_of(running_.begin(), running_.end(),
                     [&](const auto& item) { return item.second.target == target; });
}

std::vector<Probe*> Probes::TakeUnanswered(TimePoint now) {
  std::vector<Probe*> due;
  for (auto& item : running_) {
    Probe& probe = item.second;
    if (probe.ping_at > now || probe.verdict_at <= now) continue;
    probe.sent[probe.pings++] = now;
    probe.ping_at =
        probe.pings < static_cast<std::uint32_t>(config_.probe_pings) ? now + probe.rto : kNever;
    due.push_back(&probe);
  }
  return due;
}

bool Probes::BeginEcho(Probe& probe) {
  const bool begun = echoes_ < kMaxEchoes;
  probe.echo = begun ? EchoState::kUnderWay : EchoState::kFailed;
  if (begun) ++echoes_;
  return begun;
}

void Probes::EndEcho(Probe& probe, EchoState outcome) {
  VF_CHECK(probe.echo == EchoState::kUnderWay, "an echo that was not begun");
  probe.echo = outcome;
  --echoes_;
}

std::vector<Probe> Probes::TakeDue(TimePoint now) {
  std::vector<Probe> due;
  for (auto it = running_.begin(); it != running_.end();) {
    if (it->second.verdict_at > now) {
      ++it;
      continue;
    }
    due.emplace_back();
    it = Remove(it, &due.back());
  }
  return due;
}

Probe Probes::Take(MemberKey target) {
  const auto it = IteratorOf(target);
  VF_CHECK(it != running_.end(), "a probe that is under way");
  Probe probe;
  Remove(it, &probe);
  return probe;
}

Probe* Probes::Find(std::uint32_t number) {
  auto it = running_.upper_bound(number);
  if (it == running_.begin()) return nullptr;
  Probe& probe = (--it)->second;
  return number - probe.seq < probe.pings ? &probe : nullptr;
}

Probe* Probes::Find(std::uint32_t number, MemberKey from) {
  Probe* probe = Find(number);
  if (probe == nullptr || probe->target == from) return probe;
  const auto& relays = probe->relays;
  return std::find(relays.begin(), relays.end(), from) != relays.end() ? probe : nullptr;
}

Probe* Probes::FindOf(MemberKey target) {
  const auto it = IteratorOf(target);
  return it == running_.end() ? nullptr : &it->second;
}

std::optional<Probe> Probes::TakeAcked(std::uint32_t number, MemberKey from) {
  const Probe* found = Find(number, from);
  if (found == nullptr) return std::nullopt;
  Probe probe;
  Remove(running_.find(found->seq), &probe);
  return probe;
}

void Probes::End(MemberKey target) {
  const auto it = IteratorOf(target);
  if (it != running_.end()) Remove(it);
}

void Probes::Clear() {
  for (auto it = running_.begin(); it != running_.end();) it = Remove(it);
}

void Probes::TakeEchoesOver(std::vector<std::uint32_t>& numbers) {
  numbers.clear();
  std::swap(numbers, echoes_over_);
}

Probes::Running::iterator Probes::IteratorOf(MemberKey target) {
  return std::find_if(running_.begin(), running_.end(),
                      [&](const auto& item) { return item.second.target == target; });
}

Probes::Running::iterator Probes::Remove(Running::iterator it, Probe* taken) {
  if (it->second.echo == EchoState::kUnderWay) {
    echoes_over_.push_back(it->first);
    --echoes_;
  }
  if (taken != nullptr) *taken = std::move(it->second);
  return running_.erase(it);
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
