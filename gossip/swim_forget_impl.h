// SwimCore: removal of members by the operator. See swim_core.h.
#pragma once

#include "gossip/swim_core.h"

namespace vf {

template <MemberTablePolicy Table>
ForgetOutcome SwimCore<Table>::Forget(TimePoint now, const MemberId& id) {
  if (left_) return ForgetOutcome::kHasLeft;
  if (id.key() == self_.key()) {
    return id == self_.id ? ForgetOutcome::kSelf : ForgetOutcome::kUnknown;
  }
  if (!joined_ || IsSilent()) return ForgetOutcome::kNoCluster;
  const MemberRecord* known = table_.FindRecord(id.key());
  if (known == nullptr || known->id != id) return ForgetOutcome::kUnknown;
  if (known->state == MemberState::kAlive) return ForgetOutcome::kAlive;
  BeginTurn(now);
  const std::uint32_t boot32 = Boot32(known->boot);
  const Member* member = table_.Find(id.key());
  const bool gone = member != nullptr && !known->IsLive();
  const std::uint32_t age_s = gone ? AgeInSeconds(now - member->since) : std::uint32_t{0};
  ApplyDead(now, Source{self_.key(), self_.endpoint},
            {id.key(), boot32, kFinalIncarnation, self_.key(), DeathReason::kOperator, age_s});
  EndTurn();
  return ForgetOutcome::kForgotten;
}

// Somebody who is gone for so long that only the tombstone is left is gone for good: nobody asks
// there any more whether it is back.
template <MemberTablePolicy Table>
void SwimCore<Table>::FinishTombstone(TimePoint now, const Source& source,
                                      const MemberRecord& tombstone, const Dead& dead) {
  if (ExpandBoot(dead.boot32, tombstone.boot) != tombstone.boot) return;
  MemberRecord record = tombstone;
  record.state = MemberState::kDead;
  record.incarnation = dead.incarnation;
  record.death_reason = dead.reason;
  if (CompareStatus(record, tombstone) <= 0) return;
  table_.Merge(now, record);
  ForgetContact(record);
  Spread(now, dead, Urgency::kLife, source.key);
}

template <MemberTablePolicy Table>
void SwimCore<Table>::ForgetContact(const MemberRecord& gone) {
  const bool for_good = gone.state == MemberState::kLeft
                            ? gone.leave_kind == LeaveKind::kEmptied
                            : gone.death_reason == DeathReason::kOperator;
  if (for_good) contacts_.Forget(gone.key());
}

}  // namespace vf
