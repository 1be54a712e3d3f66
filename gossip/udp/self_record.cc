#include "gossip/udp/self_record.h"

#include "base/os/clocks.h"
#include "base/os/entropy.h"

namespace vf {

MemberRecord NewSelfRecord(std::uint8_t roles) {
  constexpr std::uint64_t kBootUnitMs = 64;
  MemberRecord self;
  do {
    self.id.bytes = Entropy128();
  } while (self.key() == kNoMember);
  self.boot = WallNow().ms / kBootUnitMs;
  self.roles = roles;
  return self;
}

}  // namespace vf
