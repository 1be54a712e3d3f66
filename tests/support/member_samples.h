// Member records with every field set to something that can be told apart.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/endpoint.h"
#include "gossip/types.h"

namespace vf {

inline MemberRecord SampleRecord(std::uint8_t number = 1) {
  MemberRecord r;
  for (std::size_t i = 0; i < r.id.bytes.size(); ++i) {
    r.id.bytes[i] = static_cast<std::byte>(number + i);
  }
  r.boot = 28'000'000'000 + number;
  r.incarnation = 7;
  r.endpoint = Endpoint::V4({10, 0, 0, number}, 8000);
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  r.seat = 0xfeedface00000000 + number;
  r.zone = "rack-4";
  r.proto_min = 1;
  r.proto_max = 2;
  r.meta_version = 3;
  r.phase = Phase::kReady;
  r.replicas = 3;
  r.partition_digits = 2;
  return r;
}

inline MemberRecord SampleTombstone(MemberState state) {
  MemberRecord r;
  const MemberRecord live = SampleRecord(9);
  r.id = live.id;
  r.boot = live.boot;
  r.incarnation = 8;
  r.state = state;
  r.endpoint = *Endpoint::Parse("[fd00::9]:8009");
  r.roles = live.roles;
  r.seat = live.seat;
  r.owned_at_end = true;
  r.age_s = 59;
  if (state == MemberState::kLeft) {
    r.leave_kind = LeaveKind::kEmptied;
  } else {
    r.death_reason = DeathReason::kRefused;
  }
  return r;
}

}  // namespace vf
