#include "tools/cluster-sim/observe/beliefs.h"

#include <optional>

namespace vf::sim {
namespace {

BelievedState StateOf(MemberState state) {
  switch (state) {
    case MemberState::kAlive:
      return BelievedState::kAlive;
    case MemberState::kSuspect:
      return BelievedState::kSuspect;
    case MemberState::kDead:
      return BelievedState::kDead;
    case MemberState::kLeft:
      break;
  }
  return BelievedState::kLeft;
}

}  // namespace

void Beliefs::OnMembership(SimTime at, ProcessNumber observer, const MembershipSnapshot& membership,
                           const Cluster& cluster) {
  if (states_.size() <= observer) states_.resize(observer + 1);
  std::vector<BelievedState>& states = states_[observer];
  states.resize(cluster.processes(), BelievedState::kUnknown);
  next_.assign(cluster.processes(), BelievedState::kUnknown);
  for (const Member& member : membership.members) {
    const std::optional<ProcessNumber> subject = cluster.NumberOf(member.record);
    if (subject && *subject != observer) next_[*subject] = StateOf(member.record.state);
  }
  for (ProcessNumber subject = 0; subject < next_.size(); ++subject) {
    if (next_[subject] == states[subject]) continue;
    changes_.push_back({at, observer, subject, next_[subject]});
  }
  states.swap(next_);
}

void Beliefs::Forget(ProcessNumber observer) {
  if (observer < states_.size()) states_[observer] = {};
}

}  // namespace vf::sim
