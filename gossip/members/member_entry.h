// A row of the member table: a member, and what only the table needs to know of it.
#pragma once

#include "base/time.h"
#include "gossip/member.h"

namespace vf {

struct MemberEntry : Member {
  TimePoint returned_at = TimePoint::min();  // when it last came back from the dead in one boot
};

struct MemberSlot {
  MemberEntry entry;
  bool used = false;
};

}  // namespace vf
