#include "gossip/members/member_table.h"

namespace vf {

template class BasicMemberTable<OwnMembers>;

}  // namespace vf
