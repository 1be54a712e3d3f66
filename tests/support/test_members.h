// Members made by hand, for tests of what is computed from the membership.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "gossip/types.h"

namespace vf {

// A storage member that is alive and ready. Its seat is `seat`, or made from the key.
inline MemberRecord TestMember(MemberKey key, std::uint64_t seat = 0) {
  MemberRecord record;
  StoreBigEndian(record.id.bytes.data(), key);
  record.id.bytes[15] = std::byte{1};
  record.boot = 1000;
  record.endpoint = Endpoint::Loopback(static_cast<std::uint16_t>(1024 + key % 60'000));
  record.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  record.seat = seat != 0 ? seat : key * 0x9e3779b97f4a7c15U;
  record.phase = Phase::kReady;
  return record;
}

// `count` of them, with keys from 1.
inline std::vector<MemberRecord> TestMembers(int count) {
  std::vector<MemberRecord> members;
  for (int i = 1; i <= count; ++i) members.push_back(TestMember(static_cast<MemberKey>(i)));
  return members;
}

inline MemberRecord TestMemberInPhase(MemberKey key, Phase phase) {
  MemberRecord record = TestMember(key);
  record.phase = phase;
  return record;
}

inline MemberRecord TestDeadMember(MemberKey key, DeathReason reason, bool owned = true) {
  MemberRecord record = TestMember(key);
  record.state = MemberState::kDead;
  record.death_reason = reason;
  record.owned_at_end = owned;
  return record;
}

inline MemberRecord TestLeftMember(MemberKey key, LeaveKind kind, bool owned = true) {
  MemberRecord record = TestMember(key);
  record.state = MemberState::kLeft;
  record.leave_kind = kind;
  record.owned_at_end = owned;
  return record;
}

// A founded cluster as the member `self` sees it.
inline MembershipSnapshot TestSnapshot(MemberKey self, int replicas, int digits,
                                       const std::vector<MemberRecord>& records,
                                       TimePoint since = TimePoint()) {
  MembershipSnapshot snapshot;
  snapshot.self = self;
  snapshot.joined = true;
  snapshot.foundation = {1, 2};
  snapshot.settings.replicas = static_cast<std::uint8_t>(replicas);
  snapshot.settings.partition_digits = static_cast<std::uint8_t>(digits);
  std::vector<Member> members;
  for (const MemberRecord& record : records) {
    Member& member = members.emplace_back();
    member.record = record;
    member.since = since;
  }
  snapshot.members = MemberList::Of(std::move(members));
  return snapshot;
}

// `change(Member&)` of the one with this key, in a list that is otherwise the same.
template <typename Change>
void ChangeMember(MembershipSnapshot& snapshot, MemberKey key, const Change& change) {
  std::vector<Member> members(snapshot.members.begin(), snapshot.members.end());
  for (Member& member : members) {
    if (member.record.key() == key) change(member);
  }
  snapshot.members = MemberList::Of(std::move(members));
}

}  // namespace vf
