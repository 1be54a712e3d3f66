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

bool Suspicions::Accuse(TimePoint now, MemberKey key, const Life& life, MemberKey from,
                        bool refused, Worth worth) {
  auto it = running_.find(key);
  const bool begins = it == running_.end() || it->second.life != life;
  if (begins) {
    End(key);
    it = running_.insert_or_assign(key, Running{}).first;
    it->second.life = life;
    it->second.began = now;
    NoteDeadline(it->second);
  }
  Running& running = it->second;
  running.founded = running.founded || worth != Worth::kNothing;
  if (worth != Worth::kFull) return begins;
  running.timeout_for = 0;
  const std::size_t max_accusers = 1 + static_cast<std::size_t>(config_.suspicion_confirmations);
  const bool confirms = AddDistinct(running.accusers, from, max_accusers);
  const bool refusal = refused && AddDistinct(running.refused, from, kRefusalsForMin);
  NoteDeadline(running);
  return begins || confirms || refusal;
}

void Suspicions::End(MemberKey key) {
  const auto it = running_.find(key);
  if (it == running_.end()) return;
  if (earliest_ && DeadlineOf(it->second, earliest_->members, earliest_->factor) <= earliest_->at) {
    earliest_.reset();
  }
  running_.erase(it);
}

void Suspicions::Clear() {
  running_.clear();
  earliest_.reset();
}

// It is new, or ends no later than before.
void Suspicions::NoteDeadline(const Running& running) {
  if (!earliest_) return;
  const TimePoint deadline = DeadlineOf(running, earliest_->members, earliest_->factor);
  earliest_->at = std::min(earliest_->at, deadline);
}

bool Suspicions::IsFounded(MemberKey key) const {
  const auto it = running_.find(key);
  return it != running_.end() && it->second.founded;
}

TimePoint Suspicions::DeadlineOf(const Running& running, std::size_t members, int factor) const {
  if (running.timeout_for != members) {
    running.timeout = ComputeTimeout(running, members);
    running.timeout_for = members;
  }
  return running.began + factor * running.timeout;
}

Duration Suspicions::ComputeTimeout(const Running& running, std::size_t members) const {
  const std::size_t witnesses = running.refused.size();
  if (witnesses >= kRefusalsForMin || (witnesses > 0 && members <= kFewMembers)) {
    return SuspicionMin(config_, members);
  }
  const int confirmations = static_cast<int>(running.accusers.size()) - 1;
  return SuspicionTimeout(config_, members, confirmations);
}

TimePoint Suspicions::NextDeadline(std::size_t members, int factor) const {
  if (running_.empty()) return kNever;
  if (earliest_ && earliest_->members == members && earliest_->factor == factor) {
    return earliest_->at;
  }
  TimePoint next = kNever;
  for (const auto& item : running_) next = std::min(next, DeadlineOf(item.second, members, factor));
  earliest_ = {members, factor, next};
  return next;
}

std::optional<Suspicions::Expired> Suspicions::FirstExpired(TimePoint now, std::size_t members,
                                                            int factor) const {
  if (NextDeadline(members, factor) > now) return std::nullopt;
  for (const auto& [key, running] : running_) {
    if (DeadlineOf(running, members, factor) > now) continue;
    return Expired{key, running.life, !running.refused.empty()};
  }
  return std::nullopt;
}

void Suspicions::Postpone(Duration lag) {
  for (auto& item : running_) {
    item.second.began += lag;
  }
  earliest_.reset();
}

}  // namespace vf
