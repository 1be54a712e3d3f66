#include "node/replication/read_targets.h"

namespace vf {

bool IsGood(const StepInputs& in, MemberKey owner) {
  return in.view.IsReachable(owner) && !in.load.IsAvoided(in.now, owner) &&
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

namespace {

bool IsUp(const ClusterView& view, MemberKey member) {
  const ViewMember* seen = view.Find(member);
  return seen != nullptr && seen->reach != Reach::kUnreachable;
}

}  // namespace

std::vector<MemberKey> OthersWhoMayHave(const ClusterView& view, Partition partition) {
  std::vector<MemberKey> members;
  for (const MemberKey joining : view.ListOf(partition).joining) {
    if (IsUp(view, joining)) members.push_back(joining);
  }
  for (const MemberKey draining : view.DrainingOf(partition)) {
    if (IsUp(view, draining)) members.push_back(draining);
  }
  int fallbacks = view.replicas();
  for (const MemberKey member : view.FallbacksOf(partition)) {
    if (fallbacks == 0 || view.Find(member)->draining) break;
    if (!IsUp(view, member)) continue;
    members.push_back(member);
    --fallbacks;
  }
  return members;
}

std::vector<MemberKey> EverybodyWhoMayHave(const ClusterView& view, Partition partition) {
  std::vector<MemberKey> members;
  for (const MemberKey owner : view.ListOf(partition).owners) {
    if (IsUp(view, owner)) members.push_back(owner);
  }
  const std::vector<MemberKey> others = OthersWhoMayHave(view, partition);
  members.insert(members.end(), others.begin(), others.end());
  return members;
}

}  // namespace vf
