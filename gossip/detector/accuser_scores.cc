#include "gossip/detector/accuser_scores.h"

#include <algorithm>

namespace vf {

void AccuserScores::OnAccusation(TimePoint now, MemberKey accuser, MemberKey subject) {
  auto it = accusations_.find(accuser);
  if (it == accusations_.end()) {
    if (accusations_.size() >= kMaxAccusers) Prune(now);
    if (accusations_.size() >= kMaxAccusers) return;
    it = accusations_.try_emplace(accuser).first;
  }
  std::vector<Accusation>& all = it->second;
  std::erase_if(all, [&](const Accusation& a) {
    return a.outcome != Outcome::kOpen && a.at + kWindow < now;
  });
  const bool again = std::any_of(all.begin(), all.end(), [&](const Accusation& a) {
    return a.subject == subject && a.outcome == Outcome::kOpen;
  });
  if (again || all.size() >= kMaxEach) return;
  all.push_back({now, subject, Outcome::kOpen});
  open_[subject].push_back(accuser);
}

void AccuserScores::Settle(MemberKey subject, Outcome outcome) {
  const auto it = open_.find(subject);
  if (it == open_.end()) return;
  for (const MemberKey accuser : it->second) Close(subject, accuser, outcome);
  open_.erase(it);
}

void AccuserScores::SettleOne(MemberKey subject, MemberKey accuser, Outcome outcome) {
  const auto it = open_.find(subject);
  if (it == open_.end() || std::erase(it->second, accuser) == 0) return;
  Close(subject, accuser, outcome);
  if (it->second.empty()) open_.erase(it);
}

void AccuserScores::Close(MemberKey subject, MemberKey accuser, Outcome outcome) {
  for (Accusation& accusation : accusations_.at(accuser)) {
    if (accusation.subject == subject && accusation.outcome == Outcome::kOpen) {
      accusation.outcome = outcome;
    }
  }
}

bool AccuserScores::IsDiscredited(TimePoint now, MemberKey accuser) const {
  const auto it = accusations_.find(accuser);
  if (it == accusations_.end()) return false;
  std::size_t all = 0;
  std::size_t refuted = 0;
  for (const Accusation& accusation : it->second) {
    if (accusation.at + kWindow < now) continue;
    ++all;
    refuted += accusation.outcome == Outcome::kRefuted ? 1 : 0;
  }
  return all >= kLeast && 2 * refuted > all;
}

void AccuserScores::Prune(TimePoint now) {
  std::erase_if(accusations_, [&](const auto& item) {
    return std::all_of(item.second.begin(), item.second.end(), [&](const Accusation& a) {
      return a.outcome != Outcome::kOpen && a.at + kWindow < now;
    });
  });
}

}  // namespace vf
