// A row of the member table: a member.
#pragma once

#include "gossip/member.h"

namespace vf {

using MemberEntry = Member;

struct MemberSlot {
  MemberEntry entry;
  bool used = false;
};

}  // namespace vf
