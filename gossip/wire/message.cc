#include "gossip/wire/message.h"

namespace vf {

MemberKey SubjectOf(const Update& update) {
  struct Subject {
    MemberKey operator()(const Alive& u) const { return u.record.key(); }
    MemberKey operator()(const Suspect& u) const { return u.key; }
    MemberKey operator()(const Dead& u) const { return u.key; }
    MemberKey operator()(const Left& u) const { return u.key; }
  };
  return std::visit(Subject{}, update);
}

}  // namespace vf
