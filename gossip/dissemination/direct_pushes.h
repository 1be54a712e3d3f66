// News that is told to one member on a ping, whose ack confirms it.
//
// Two kinds: *stubborn* ones (a ready node to the owners that it displaces; to a member itself that
// it was dead here) are repeated until the ack, or until the member is no longer alive; the others
// (newcomers to frontends) a few times, since the epidemic tells them too.
// Limits: one a (target, subject). After a cut there are as many as members were beyond it: no call
// but Waits() and DropSubject(), about the own record, looks at all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

struct DirectPush {
  MemberKey target = kNoMember;
  MemberKey subject = kNoMember;
  bool stubborn = false;
  std::uint32_t seq = 0;
  int sends = 0;
  TimePoint next;
};

class DirectPushes {
 public:
  // `config` outlives it.
  explicit DirectPushes(const SwimConfig& config) : config_(config) {}

  // Due at once. Replaces an earlier one about the same subject to the same target.
  void Add(TimePoint now, MemberKey target, MemberKey subject, bool stubborn, std::uint32_t seq);
  // Those to send now; what has been sent often enough is given up.
  std::vector<DirectPush> TakeDue(TimePoint now, Duration rto);
  // An ack of its target.
  void Confirm(std::uint32_t seq, MemberKey from);
  // The target is suspect or gone: nobody waits for it any more.
  void DropTarget(MemberKey target);
  // What was to be told of it is true no more.
  void DropSubject(MemberKey subject);
  void Clear();
  // Whether somebody has still to confirm a stubborn push about `subject`.
  bool Waits(MemberKey subject) const;
  TimePoint NextDeadline() const { return due_.empty() ? kNever : due_.begin()->first; }

 private:
  using Key = std::pair<MemberKey, MemberKey>;  // target and subject
  using Pushes = std::map<Key, DirectPush>;
  Pushes::iterator Erase(Pushes::iterator it);

  const SwimConfig& config_;
  Pushes pushes_;
  std::set<std::pair<TimePoint, Key>> due_;  // of each
};

}  // namespace vf
