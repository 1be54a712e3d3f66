#include "node/replication/read_targets.h"

namespace vf {

bool IsGood(const StepInputs& in, MemberKey owner) {
  const ViewMember* seen = in.view.Find(owner);
  return seen != nullptr && seen->reach == Reach::kReachable && !in.load.IsAvoided(in.now, owner) &&
         !in.load.IsDoubtful(owner);
}

std::optional<MemberKey> ChooseOwner(const StepInputs& in, const std::vector<MemberKey>& owners) {
  std::vector<MemberKey> good;
  std::vector<MemberKey> doubtful;
  for (const MemberKey owner : owners) {
    const ViewMember* seen = in.view.Find(owner);
    if (seen == nullptr || seen->reach == Reach::kUnreachable) continue;
    (IsGood(in, owner) ? good : doubtful).push_back(owner);
  }
  const std::vector<MemberKey> two = in.rng.Sample(good.empty() ? doubtful : good, 2);
  if (two.empty()) return std::nullopt;
  if (two.size() == 1 || in.load.InFlight(two[0]) <= in.load.InFlight(two[1])) return two[0];
  return two[1];
}

std::vector<MemberKey> EverybodyWhoMayHave(const ClusterView& view, Partition partition) {
  std::vector<MemberKey> members;
  const auto add = [&](MemberKey member) {
    const ViewMember* seen = view.Find(member);
    const bool up = seen != nullptr && seen->reach != Reach::kUnreachable;
    if (up) members.push_back(member);
    return up;
  };
  const PartitionList& list = view.ListOf(partition);
  for (const MemberKey owner : list.owners) add(owner);
  for (const MemberKey joining : list.joining) add(joining);
  int fallbacks = view.replicas();
  for (const MemberKey member : view.FallbacksOf(partition)) {
    if (fallbacks == 0) break;
    if (add(member)) --fallbacks;
  }
  return members;
}

}  // namespace vf
