#include "gossip/members/member_order.h"

#include <algorithm>
#include <tuple>

#include "base/check.h"
#include "base/planted_bug.h"

namespace vf {
namespace {

std::tuple<std::uint64_t, std::uint32_t, MemberState, DeathReason, LeaveKind> Status(
    const MemberRecord& r) {
  return {r.boot, r.incarnation, r.state,
          r.state == MemberState::kDead ? r.death_reason : DeathReason::kTimeout,
          r.state == MemberState::kLeft ? r.leave_kind : LeaveKind::kStopped};
}

// Everything behind meta_version only breaks ties, which honest members never make: theirs have
// equal content.
auto Description(const MemberRecord& r) {
  return std::tie(r.boot, r.meta_version, r.id, r.endpoint, r.roles, r.seat, r.zone, r.proto_min,
                  r.proto_max, r.phase, r.replicas, r.partition_digits);
}

}  // namespace

std::uint64_t ExpandBoot(std::uint32_t boot32, std::uint64_t near) {
  const auto difference = static_cast<std::int32_t>(boot32 - Boot32(near));
  const std::uint64_t boot = near + static_cast<std::uint64_t>(std::int64_t{difference});
  return difference < 0 && boot > near ? boot32 : boot;
}

bool IsFinal(const MemberRecord& r) {
  return r.state == MemberState::kDead && r.incarnation == kFinalIncarnation;
}

std::strong_ordering CompareStatus(const MemberRecord& a, const MemberRecord& b) {
  const bool a_dead = a.state == MemberState::kDead;
  const bool b_dead = b.state == MemberState::kDead;
  if (VF_PLANTED(kDeadOverridesNewerBoot) && a.boot != b.boot && a_dead != b_dead) {
    return a_dead <=> b_dead;
  }
  return Status(a) <=> Status(b);
}

std::strong_ordering CompareDescription(const MemberRecord& a, const MemberRecord& b) {
  return Description(a) <=> Description(b);
}

MemberRecord MergeRecords(const MemberRecord& a, const MemberRecord& b) {
  VF_CHECK(a.key() == b.key(), "records of two members");
  MemberRecord merged = CompareDescription(a, b) < 0 ? b : a;
  const auto order = CompareStatus(a, b);
  const MemberRecord& status = order < 0 ? b : a;
  merged.boot = status.boot;
  merged.incarnation = status.incarnation;
  merged.state = status.state;
  merged.death_reason = status.death_reason;
  merged.leave_kind = status.leave_kind;
  merged.owned_at_end = status.owned_at_end;
  merged.age_s = status.age_s;
  if (order == 0) {
    merged.owned_at_end = a.owned_at_end || b.owned_at_end;
    merged.age_s = std::max(a.age_s, b.age_s);
  }
  return merged;
}

bool IsPlausible(const MemberRecord& r, WallTime wall) {
  if (r.key() == kNoMember || r.boot == 0 || r.boot > BootAt(wall) + kMaxBootLead) return false;
  if (!r.endpoint.IsUsableAsPeer()) return false;
  if (r.proto_min > r.proto_max || r.partition_digits > 4) return false;
  const bool final_reason =
      r.state == MemberState::kDead &&
      (r.death_reason == DeathReason::kSuperseded || r.death_reason == DeathReason::kOperator);
  return (r.incarnation == kFinalIncarnation) == final_reason;
}

bool OwnsPartitions(const MemberRecord& r) {
  return r.IsStorage() &&
         (r.phase == Phase::kReady || r.phase == Phase::kDraining || r.HasReturned());
}

bool IsAway(const MemberRecord& r) {
  if (!r.IsStorage() || r.IsLive()) return false;
  if (r.state == MemberState::kDead) {
    return r.death_reason == DeathReason::kTimeout || r.death_reason == DeathReason::kRefused;
  }
  return r.leave_kind == LeaveKind::kStopped && !r.IsMemoryOnly();
}

}  // namespace vf
