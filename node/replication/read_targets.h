// Who may have a record, and whom a read asks.
#pragma once

#include <optional>
#include <vector>

#include "node/replication/operation.h"

namespace vf {

// Nothing speaks against asking this owner.
bool IsGood(const StepInputs& in, MemberKey owner);

// Of `owners`, which may be asked: of two that are chosen at random the one with fewer requests in
// flight. Those that are not good are the last choice, unreachable ones none.
std::optional<MemberKey> ChooseOwner(const StepInputs& in, const std::vector<MemberKey>& owners);

// All that may have a record of the partition and can be reached, beside its owners: joining owners
// and the next K fallbacks, in this order.
std::vector<MemberKey> OthersWhoMayHave(const ClusterView& view, Partition partition);

// The owners that can be reached, then the others.
std::vector<MemberKey> EverybodyWhoMayHave(const ClusterView& view, Partition partition);

}  // namespace vf
