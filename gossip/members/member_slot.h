// A row of the member table.
#pragma once

#include "gossip/member.h"

namespace vf {

struct MemberSlot {
  Member member;  // if used
  bool used = false;
};

}  // namespace vf
