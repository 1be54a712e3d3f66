// The probes of this process that are under way.
//
//   ping --RTO--> second ping and PING_REQ to the relays --verdict time--> failed
//
// An ack of the target or of one of its relays ends a probe well at any time; a refusal ends it
// badly at any time. So nobody is suspected before its relays have answered or are out of time.
// Limits: kMaxProbes; a further probe is not begun.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/types.h"

namespace vf {

inline constexpr std::size_t kMaxProbes = 1'024;

struct Probe {
  std::uint32_t seq = 0;
  MemberKey target = kNoMember;
  std::uint64_t boot = 0;
  Endpoint endpoint;
  bool relayed = false;           // the second ping and the PING_REQs are out
  std::vector<MemberKey> relays;  // who was asked
  TimePoint sent;
  TimePoint relay_at;
  TimePoint verdict_at;
};

class Probes {
 public:
  // False if the target is being probed already, or too many are.
  bool Begin(const Probe& probe);
  bool IsProbing(MemberKey target) const;

  // Those that now need relays; they are marked as relayed, the caller adds whom it asked.
  std::vector<Probe> TakeUnanswered(TimePoint now);
  void SetRelays(std::uint32_t seq, std::vector<MemberKey> relays);
  // Those whose time is up: failed and gone from here.
  std::vector<Probe> TakeFailed(TimePoint now);

  // Ended well. None if no probe of this number waits for an ack from `from`.
  std::optional<Probe> TakeAcked(std::uint32_t seq, MemberKey from);
  // Null likewise.
  const Probe* Find(std::uint32_t seq, MemberKey from) const;
  // Null if no probe has this number.
  const Probe* Find(std::uint32_t seq) const;
  // Probes of a member end: it is gone, or was refused.
  void End(MemberKey target);
  void Clear() { running_.clear(); }

  TimePoint NextDeadline() const;
  // The driver overslept: nobody could be heard meanwhile.
  void Postpone(Duration lag);

 private:
  std::map<std::uint32_t, Probe> running_;  // by seq
};

}  // namespace vf
