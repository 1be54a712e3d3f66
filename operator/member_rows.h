// What the membership looks like on the operator pages: the one place where vfnode and vfcontroller
// turn members into rows. A layer of its own, since http/ and gossip/ know nothing of each other.
//
// Pure. Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "gossip/types.h"
#include "http/operator_service.h"

namespace vf {

// The id that a row shows: 32 lower-case hex digits; none for any other text.
std::optional<MemberId> ParseMemberId(std::string_view hex);

std::string RoleName(const MemberRecord& record);  // node, frontend, controller
std::string StateName(MemberState state);          // alive, suspect, dead, left

// It has announced that it serves, and nobody has found it dead since.
bool IsReady(const MemberRecord& record);

// Why a process that nearly nobody answers is not ready.
std::string IsolatedText();
// `membership.unreached`.
std::string UnreachedText(const MembershipSnapshot& membership);

MemberRow ToMemberRow(const Member& member, TimePoint now);
ReplicaRow ToReplicaRow(const MemberRecord& record, bool degraded);

// All members, the own process included, in the order of their keys.
std::vector<MemberRow> MemberRows(const MembershipSnapshot& membership, TimePoint now);

// The own record; it is always there.
const MemberRecord& SelfOf(const MembershipSnapshot& membership);

// The fields of /status that come from the membership: id, address, role, replicas,
// partition_digits, members and controllers (those that are alive or suspect). The rest is left as
// it is in a new StatusPage.
StatusPage MembershipStatus(const MembershipSnapshot& membership);

}  // namespace vf
