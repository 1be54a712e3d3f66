#include "gossip/detector/suspicion.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace vf {
namespace {

bool AddDistinct(std::vector<MemberKey>& keys, MemberKey key, std::size_t max) {
  if (keys.size() >= max || std::find(keys.begin(), keys.end(), key) != keys.end()) return false;
  keys.push_back(key);
  return true;
}

Duration WholeMilliseconds(double ms) { return milliseconds(static_cast<std::int64_t>(ms)); }

}  // namespace

Duration SuspicionMin(const SwimConfig& config, std::size_t members) {
  const double scale = std::max(1.0, std::log10(static_cast<double>(members)));
  const double interval_ms = static_cast<double>(ToMilliseconds(config.probe_interval));
  const double ms = static_cast<double>(config.suspicion_alpha) * scale * interval_ms;
  return std::max(WholeMilliseconds(ms), config.suspicion_floor);
}

Duration SuspicionMax(const SwimConfig& config, std::size_t members) {
  return SuspicionMin(config, members) * config.suspicion_beta;
}

Duration SuspicionTimeout(const SwimConfig& config, std::size_t members, int confirmations) {
  VF_CHECK(members >= 1, "the own process is a member");
  const Duration min = SuspicionMin(config, members);
  const int wanted = config.suspicion_confirmations;
  // Others that live, the suspect not counted: members less it and this process.
  if (wanted == 0 || members < 2 + 3) return min;
  const Duration max = SuspicionMax(config, members);
  const double fallen = std::log(static_cast<double>(std::clamp(confirmations, 0, wanted)) + 1) /
                        std::log(static_cast<double>(wanted) + 1);
  const double ms = static_cast<double>(ToMilliseconds(max)) -
                    fallen * static_cast<double>(ToMilliseconds(max - min));
  return std::max(min, WholeMilliseconds(ms));
}

Suspicions::Suspicions(const SwimConfig& config) : config_(config) {
  for (const Refused refused : {Refused::kByNone, Refused::kBySome, Refused::kByEnough}) {
    for (int i = 0; i <= config.suspicion_confirmations; ++i) groups_.push_back({i, refused, {}});
  }
}

bool Suspicions::Accuse(TimePoint now, MemberKey key, const Life& life, MemberKey from,
                        bool refused, Worth worth) {
  auto it = running_.find(key);
  const bool begins = it == running_.end() || it->second.life != life;
  if (begins) {
    End(key);
    it = running_.try_emplace(key).first;
    it->second.life = life;
    it->second.began = now;
    groups_[it->second.group].running.insert({now, key});
  }
  Running& running = it->second;
  running.founded = running.founded || worth != Worth::kNothing;
  if (worth != Worth::kFull) return begins;
  const std::size_t max_accusers = 1 + static_cast<std::size_t>(config_.suspicion_confirmations);
  const bool confirms = AddDistinct(running.accusers, from, max_accusers);
  const bool refusal = refused && AddDistinct(running.refused, from, kRefusalsForMin);
  if (const std::size_t group = GroupOf(running); group != running.group) {
    groups_[group].running.insert(groups_[running.group].running.extract({running.began, key}));
    running.group = group;
  }
  return begins || confirms || refusal;
}

void Suspicions::End(MemberKey key) {
  const auto it = running_.find(key);
  if (it == running_.end()) return;
  groups_[it->second.group].running.erase({it->second.began, key});
  running_.erase(it);
}

void Suspicions::Clear() {
  running_.clear();
  for (Group& group : groups_) group.running.clear();
}

bool Suspicions::IsFounded(MemberKey key) const {
  const auto it = running_.find(key);
  return it != running_.end() && it->second.founded;
}

std::size_t Suspicions::GroupOf(const Running& running) const {
  const std::size_t confirmations = running.accusers.empty() ? 0 : running.accusers.size() - 1;
  Refused refused = running.refused.empty() ? Refused::kByNone : Refused::kBySome;
  if (running.refused.size() >= kRefusalsForMin) refused = Refused::kByEnough;
  const auto row = static_cast<std::size_t>(config_.suspicion_confirmations) + 1;
  return static_cast<std::size_t>(refused) * row + confirmations;
}

Duration Suspicions::TimeoutOf(const Group& group, std::size_t members) const {
  if (group.timeout_for != members) {
    const bool proved = group.refused == Refused::kByEnough ||
                        (group.refused == Refused::kBySome && members <= kFewMembers);
    group.timeout = proved ? SuspicionMin(config_, members)
                           : SuspicionTimeout(config_, members, group.confirmations);
    group.timeout_for = members;
  }
  return group.timeout;
}

std::pair<TimePoint, MemberKey> Suspicions::First(std::size_t members, int factor) const {
  std::pair<TimePoint, MemberKey> first{kNever, kNoMember};
  for (const Group& group : groups_) {
    if (group.running.empty()) continue;
    const auto& [began, key] = *group.running.begin();
    first = std::min(first, {began + factor * TimeoutOf(group, members), key});
  }
  return first;
}

std::optional<Suspicions::Expired> Suspicions::FirstExpired(TimePoint now, std::size_t members,
                                                            int factor) const {
  const auto [deadline, key] = First(members, factor);
  if (deadline > now) return std::nullopt;
  const Running& running = running_.at(key);
  return Expired{key, running.life, !running.refused.empty()};
}

void Suspicions::Postpone(Duration lag) {
  for (Group& group : groups_) group.running.clear();
  for (auto& [key, running] : running_) {
    running.began += lag;
    groups_[running.group].running.insert({running.began, key});
  }
}

}  // namespace vf
