// Pings that this process sends because others asked it to (PING_REQ).
// Limits: kMaxRelayedPings; beyond it a request is dropped and counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

struct RelayedPing {
  std::uint32_t seq = 0;  // of our own ping
  MemberKey target = kNoMember;
  Endpoint target_endpoint;
  Endpoint asker;
  std::uint32_t asker_seq = 0;
  bool want_nack = true;
  TimePoint nack_at;
};

class RelayedPings {
 public:
  // False at the limit.
  bool Add(const RelayedPing& ping);
  // Answered by its target. None if no such ping waits.
  std::optional<RelayedPing> Take(std::uint32_t seq, MemberKey from);
  // Answered by somebody else.
  std::optional<RelayedPing> TakeMisdirected(std::uint32_t seq);
  // Those that did not get to this address.
  std::vector<RelayedPing> TakeFailed(const Endpoint& endpoint);
  std::vector<RelayedPing> TakeUnanswered(TimePoint now);
  TimePoint NextDeadline() const;
  void Postpone(Duration lag);

 private:
  std::map<std::uint32_t, RelayedPing> running_;
};

}  // namespace vf
