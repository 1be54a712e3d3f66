// The words of membership: members (member.h), and what a process sees of all of them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gossip/member.h"               // IWYU pragma: export
#include "gossip/members/member_list.h"  // IWYU pragma: export

namespace vf {

// What the rest of the process sees of the membership: immutable, shared between threads.
struct MembershipSnapshot {
  MemberKey self = kNoMember;
  bool joined = false;  // the first member exchange is complete; false: serve nobody
  Foundation foundation;
  ClusterSettings settings;     // of the cluster; zeros while unfounded
  std::uint64_t view_hash = 0;  // over the live members: equal views, equal hashes
  // Why the others do not count this process in (superseded, forgotten, its id lost); empty: they
  // do.
  std::string excluded;
  MemberList members;      // self included, dead and left too; in the order of keys
  bool isolated = false;   // nearly nobody answers this process: it may be the one that is cut off
  bool unreached = false;  // members answer this process, but nobody reaches it at its address
};
using SharedMembership = std::shared_ptr<const MembershipSnapshot>;

}  // namespace vf
