// The probes of this process that are under way.
//
//   ping --RTO--> second ping and PING_REQ to the relays --verdict time--> failed
//
// An ack of the target or of one of its relays ends a probe well at any time; a refusal ends it
// badly at any time. So nobody is suspected before its relays have answered or are out of time.
// Each ping of a probe has a number of its own, from Probe::seq on, so that an ack tells which of
// them it answers; relays are given the first.
// Limits: kMaxProbes; a further probe is not begun. kMaxProbePings.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/config.h"
#include "gossip/types.h"

namespace vf {

inline constexpr std::size_t kMaxProbes = 1'024;

struct Probe {
  std::uint32_t seq = 0;  // to seq + kMaxProbePings - 1, without wrapping
  MemberKey target = kNoMember;
  std::uint64_t boot = 0;
  Endpoint endpoint;
  bool random = false;                         // in the order of the round, not for a reason
  std::uint32_t pings = 1;                     // sent
  std::array<TimePoint, kMaxProbePings> sent;  // each of them
  std::vector<MemberKey> relays;               // who was asked
  std::vector<MemberKey> silent_relays;        // those of them that have not answered
  Duration rto{};                              // between two pings
  TimePoint ping_at;                           // the next one
  TimePoint verdict_at;

  bool relayed() const { return pings > 1; }
  // When the ping of this number left. REQUIRES: it did.
  TimePoint SentAt(std::uint32_t number) const { return sent[number - seq]; }
};

class Probes {
 public:
  // `config` outlives it.
  explicit Probes(const SwimConfig& config) : config_(config) {}

  // False if the target is being probed already, or too many are.
  bool Begin(const Probe& probe);
  bool IsProbing(MemberKey target) const;

  // Those that now need a further ping, with the number seq + pings - 1. It counts as sent. If it
  // is the second one, they need relays too, and the caller says whom it asked.
  std::vector<Probe> TakeUnanswered(TimePoint now);
  void SetRelays(std::uint32_t seq, const std::vector<MemberKey>& relays);
  // A relay could not reach the target, and says so.
  void NoteRelayAnswer(std::uint32_t seq, MemberKey relay);
  // Those whose time is up: failed and gone from here.
  std::vector<Probe> TakeFailed(TimePoint now);

  // Ended well. None if no ping of this number waits for an ack from `from`.
  std::optional<Probe> TakeAcked(std::uint32_t number, MemberKey from);
  // Null likewise.
  const Probe* Find(std::uint32_t number, MemberKey from) const;
  // Null if no ping of a probe has this number.
  const Probe* Find(std::uint32_t number) const;
  // Probes of a member end: it is gone, or was refused.
  void End(MemberKey target);
  void Clear() { running_.clear(); }

  TimePoint NextDeadline() const;
  // The driver overslept: nobody could be heard meanwhile.
  void Postpone(Duration lag);

 private:
  const SwimConfig& config_;
  std::map<std::uint32_t, Probe> running_;  // by seq
};

}  // namespace vf
