// The probes of this process that are under way.
//
//   ping --RTO, or refused--> second ping, PING_REQ to the relays, echo over TCP --> verdict
//
// An ack of the target or of one of its relays ends a probe well at any time. Else it ends at its
// verdict time, or before as soon as nothing more can be heard: refused itself, and the relays and
// the echo have answered. So nobody is suspected before that.
// Each ping of a probe has a number of its own, from Probe::seq on, so that an ack tells which of
// them it answers; relays and the echo are given the first.
// Limits: kMaxProbes, a further one is not begun; kMaxProbePings; kMaxEchoes under way, a further
// one fails.
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

enum class EchoState : std::uint8_t {
  kNone,  // not asked for
  kUnderWay,
  kFailed,
  kRefused,   // by a reset, or somebody else answered
  kAnswered,  // by the target itself: it lives
};

struct Probe {
  std::uint32_t seq = 0;  // to seq + kMaxProbePings - 1, without wrapping
  MemberKey target = kNoMember;
  std::uint64_t boot = 0;
  Endpoint endpoint;
  bool random = false;             // in the order of the round, not for a reason
  bool confirms = false;           // or refutes what another says; a refutation ends it
  bool from_data_path = false;     // requests failed there
  MemberKey reporter = kNoMember;  // this member says so
  bool timed_out = false;          // and that requests were not answered, instead of refused
  bool second = false;             // the one before ended with an answer over TCP alone
  bool widened = false;            // the PING_REQs and the echo are out
  bool refused = false;            // our own ping was
  EchoState echo = EchoState::kNone;
  std::uint32_t pings = 1;                     // sent
  std::array<TimePoint, kMaxProbePings> sent;  // each of them
  std::vector<MemberKey> relays;               // who was asked
  std::vector<MemberKey> silent_relays;        // those of them that have not answered
  std::vector<MemberKey> refused_relays;       // those of them that were refused
  Duration rto{};                              // between two pings
  TimePoint ping_at;                           // the next one
  TimePoint verdict_at;

  // When the ping of this number left. REQUIRES: it did.
  TimePoint SentAt(std::uint32_t number) const { return sent[number - seq]; }
  // Nothing more can be heard.
  bool IsSettled() const {
    return widened && refused && echo != EchoState::kUnderWay && silent_relays.empty();
  }
};

class Probes {
 public:
  // `config` outlives it.
  explicit Probes(const SwimConfig& config) : config_(config) {}

  // False if the target is being probed already, or too many are.
  bool Begin(const Probe& probe);
  bool IsProbing(MemberKey target) const;

  // Those that now need a further ping, with the number seq + pings - 1. It counts as sent. If it
  // is the first further one, the caller widens the probe. They live until the next change.
  std::vector<Probe*> TakeUnanswered(TimePoint now);
  // Begins the echo of a probe if there may be one more; else it has failed. True if begun.
  bool BeginEcho(Probe& probe);
  // REQUIRES: it is under way.
  void EndEcho(Probe& probe, EchoState outcome);
  // Those whose time is up: gone from here.
  std::vector<Probe> TakeDue(TimePoint now);
  // This one, gone from here. REQUIRES: it is under way.
  Probe Take(MemberKey target);

  // Ended well. None if no ping of this number waits for an ack from `from`.
  std::optional<Probe> TakeAcked(std::uint32_t number, MemberKey from);
  // Null likewise. These live until the next change.
  Probe* Find(std::uint32_t number, MemberKey from);
  // Null if no ping of a probe has this number.
  Probe* Find(std::uint32_t number);
  // Null if it is not being probed.
  Probe* FindOf(MemberKey target);
  // Probes of a member end: it is gone.
  void End(MemberKey target);
  void Clear();

  // Numbers of echoes that nobody waits for any more, since the last call; replaces what `numbers`
  // held.
  void TakeEchoesOver(std::vector<std::uint32_t>& numbers);

  TimePoint NextDeadline() const;
  // The driver overslept: nobody could be heard meanwhile.
  void Postpone(Duration lag);

 private:
  using Running = std::map<std::uint32_t, Probe>;  // by seq
  // The one behind it.
  Running::iterator Remove(Running::iterator it, Probe* taken = nullptr);
  Running::iterator IteratorOf(MemberKey target);

  const SwimConfig& config_;
  Running running_;
  std::size_t echoes_ = 0;  // under way
  std::vector<std::uint32_t> echoes_over_;
};

}  // namespace vf
