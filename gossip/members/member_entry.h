// A row of the member table: a record and what this process alone knows of its member.
#pragma once

#include "base/time.h"
#include "gossip/types.h"

namespace vf {

struct MemberEntry {
  MemberRecord record;
  TimePoint since;
  bool verified = false;
  bool udp_bad = false;
  TimePoint former_owner_until = kNever;
  TimePoint told_at = TimePoint::min();      // when it last got an unasked answer about a member
  TimePoint returned_at = TimePoint::min();  // when it last came back from the dead in one boot
};

}  // namespace vf
