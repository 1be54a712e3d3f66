#include "gossip/udp/self_record.h"

#include "base/os/clocks.h"
#include "base/os/entropy.h"
#include "gossip/members/member_order.h"

namespace vf {

MemberRecord NewSelfRecord(std::uint8_t roles) {
  MemberRecord self;
  do {
    self.id.bytes = Entropy128();
  } while (self.key() == kNoMember);
  self.boot = BootAt(WallNow());
  self.roles = roles;
  return self;
}

}  // namespace vf
