#include "operator/member_rows.h"

#include <algorithm>

#include "base/check.h"

namespace vf {

std::optional<MemberId> ParseMemberId(std::string_view hex) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  MemberId id;
  if (hex.size() != 2 * id.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); ++i) {
    const std::size_t digit = kDigits.find(hex[i]);
    if (digit == std::string_view::npos) return std::nullopt;
    id.bytes[i / 2] = (id.bytes[i / 2] << 4) | static_cast<std::byte>(digit);
  }
  return id;
}

std::string RoleName(const MemberRecord& record) {
  if ((record.roles & kRoleController) != 0) return "controller";
  return record.IsStorage() ? "node" : "frontend";
}

std::string StateName(MemberState state) {
  switch (state) {
    case MemberState::kAlive:
      return "alive";
    case MemberState::kSuspect:
      return "suspect";
    case MemberState::kDead:
      return "dead";
    case MemberState::kLeft:
      return "left";
  }
  return "unknown";
}

bool IsReady(const MemberRecord& record) {
  return record.IsLive() && record.phase == Phase::kReady;
}

std::string IsolatedText() {
  return "isolated: nearly no other member answers this process; see whether the network lets UDP "
         "pass in both directions";
}

std::string UnreachedText(const MembershipSnapshot& membership) {
  return "unreached: members answer this process, but none reaches it at " +
         SelfOf(membership).endpoint.ToString() +
         "; see --advertise, and whether the network lets others begin (UDP and TCP)";
}

MemberRow ToMemberRow(const Member& member, TimePoint now) {
  const MemberRecord& record = member.record;
  MemberRow row;
  row.id = record.id.Hex();
  row.address = record.endpoint.ToString();
  row.role = RoleName(record);
  row.state = StateName(member.degraded ? MemberState::kSuspect : record.state);
  row.degraded = member.degraded;
  row.emptied = record.state == MemberState::kLeft && record.leave_kind == LeaveKind::kEmptied;
  row.busy = member.busy;
  row.boot = record.boot;
  row.incarnation = record.incarnation;
  row.ready = IsReady(record);
  row.udp_bad = record.IsLive() && member.udp_bad;
  // The snapshot may be younger than `now`, which was read before it was fetched.
  row.since_ms = std::max<std::int64_t>(0, ToMilliseconds(now - member.since));
  return row;
}

ReplicaRow ToReplicaRow(const MemberRecord& record, bool degraded) {
  return {record.id.Hex(), record.endpoint.ToString(),
          StateName(degraded ? MemberState::kSuspect : record.state)};
}

std::vector<MemberRow> MemberRows(const MembershipSnapshot& membership, TimePoint now) {
  std::vector<MemberRow> rows;
  rows.reserve(membership.members.size());
  for (const Member& member : membership.members) rows.push_back(ToMemberRow(member, now));
  return rows;
}

const MemberRecord& SelfOf(const MembershipSnapshot& membership) {
  const Member* self = membership.members.Find(membership.self);
  VF_CHECK(self != nullptr, "a membership includes the own process");
  return self->record;
}

StatusPage MembershipStatus(const MembershipSnapshot& membership) {
  const MemberRecord& self = SelfOf(membership);
  StatusPage page;
  page.id = self.id.Hex();
  page.address = self.endpoint.ToString();
  page.role = RoleName(self);
  if (membership.settings.replicas != 0) page.replicas = membership.settings.replicas;
  if (membership.settings.partition_digits != 0) {
    page.partition_digits = membership.settings.partition_digits;
  }
  for (const MemberState state :
       {MemberState::kAlive, MemberState::kSuspect, MemberState::kDead, MemberState::kLeft}) {
    page.members[StateName(state)] = 0;
  }
  for (const Member& member : membership.members) {
    ++page.members[StateName(member.degraded ? MemberState::kSuspect : member.record.state)];
    if ((member.record.roles & kRoleController) != 0 && member.record.IsLive()) {
      page.controllers.push_back(member.record.endpoint.ToString());
    }
  }
  return page;
}

}  // namespace vf
