// HashiCorp's memberlist as one member sees it, after its documented parameters and what can be
// observed of it: SWIM with ticked gossip, exchanges of the full state, and Lifeguard.
//
// Source: the parameters of memberlist v0.6.0, which are those of 0.2.2, and the behaviour of 0.2.2
// (bench/results/memberlist-0.2.2.md); Lifeguard (Dadgar, Phillips, Currey; arXiv 1707.00788). What
// decides:
//  1. A probe that fails costs its whole interval: direct ping, after the timeout k relays and a
//     ping over a connection, verdict at the end. A tick that was missed meanwhile is made up for
//     at once, further ones are lost.
//  2. Relays send a nack after the full timeout, which is too late for a prober in good health: it
//     misses all and lowers its health, so that its next failed probes take longer.
//  3. Suspicion begins with the greatest timeout and shrinks with independent confirmations.
//  4. All clocks of a member count from its start: ticks of probes and of gossip coincide.
//  5. Exchanges of the full state turn a death into a suspicion.
// Each part of Lifeguard can be switched off; without all of them this is the SWIM that Lifeguard's
// paper measures itself against (memberlist_options.h).
// Not modelled: leaving, restarts, the intake queues (1,024 deep, last in first out), errors of
// writes, encryption.
//
// Thread: none of its own; one owner. Limits: none on messages, the queue has one item a member.
#pragma once

#include <optional>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/rivals/memberlist_options.h"
#include "tools/cluster-sim/rivals/rival.h"

namespace vf::sim {

class Memberlist final : public RivalProtocol {
 public:
  // A member that knows hosts 0 to warm - 1 (it is one of them), or with 0 only itself. Its clocks
  // tick from `born` on; a warm one is in the middle of its exchanges. `options` outlives it.
  Memberlist(const MemberlistOptions& options, HostNumber self, HostNumber warm, TimePoint born,
             Rng rng);

  void OnTimer(TimePoint now) override;
  void OnMessage(TimePoint now, HostNumber from, const RivalMessage& message) override;
  TimePoint NextDeadline() const override;
  void Announce(TimePoint now) override;
  // Suspicions run out in time meanwhile. Of the tickers of probes and of gossip each begins once
  // and stands still then. A probe that takes too long for that has failed when it goes on: its
  // time counts from before the ping is sent.
  void SetBlocked(TimePoint now, bool blocked) override;

  int health() const { return health_; }  // 0 is the best

  // The formulas, for tests. `members` counts the dead that are not forgotten yet.
  static int RetransmitLimit(int multiplier, std::size_t members);
  static Duration SuspicionMin(const MemberlistOptions& options, std::size_t members);
  static Duration PushPullInterval(const MemberlistOptions& options, std::size_t members);

 private:
  struct Probe {
    HostNumber target = 0;
    std::uint32_t incarnation = 0;
    std::uint32_t sequence = 0;
    TimePoint ask_relays_at;  // kNever: they were asked
    TimePoint end;
    int nacks_expected = 0;
    int nacks = 0;
    bool stream_answered = false;
  };
  struct Suspicion {
    HostNumber subject = 0;
    TimePoint start;
    Duration min{};
    Duration max{};
    int wanted = 0;  // confirmations
    std::vector<HostNumber> accusers;
    TimePoint deadline;
  };

  void OnGossipTick(TimePoint now);
  void OnProbeTimer(TimePoint now);
  void OnProbeTick(TimePoint now);
  void AskRelays(TimePoint now);
  void EndProbe(TimePoint now);
  void FailProbe(TimePoint now);
  // Does nothing without local health.
  void ChangeHealth(int change);
  void OnPushPullTimer(TimePoint now);
  void OnAck(TimePoint now, const RivalMessage& message);

  void Apply(TimePoint now, const RivalUpdate& update);
  void ApplyAlive(TimePoint now, const RivalUpdate& update);
  void ApplySuspect(TimePoint now, const RivalUpdate& update);
  void ApplyDead(TimePoint now, const RivalUpdate& update);
  void Merge(TimePoint now, const RivalTable& table);
  void Refute(TimePoint now, std::uint32_t accused);
  void Believe(TimePoint now, const RivalEntry& before, RivalState state,
               std::uint32_t incarnation);

  void Broadcast(TimePoint now, const RivalUpdate& update);
  // Sends a message with as much news as fits beside its own `bytes`.
  void SendWithNews(HostNumber to, RivalMessage message, std::size_t bytes);
  std::size_t TableBytes(std::size_t members) const override;
  std::vector<Suspicion>::iterator SuspicionOf(HostNumber subject);
  void DropSuspicion(HostNumber subject);
  void FindNextSuspicion();
  TimePoint NextTick(TimePoint after, Duration interval) const;

  const MemberlistOptions& options_;
  TimePoint born_;
  int health_ = 0;
  bool blocked_ = false;
  bool gossip_stands_ = false;  // since it is blocked
  bool probe_stands_ = false;

  TimePoint next_probe_tick_;
  TimePoint next_gossip_tick_ = kNever;  // while there is no news
  TimePoint next_push_pull_;
  bool staggering_;                   // before the first interval of push-pull
  TimePoint push_pull_end_ = kNever;  // of the exchange that is under way
  std::optional<Probe> probe_;
  std::vector<Suspicion> suspicions_;  // sorted by subject
  TimePoint next_suspicion_ = kNever;  // the earliest deadline of them
};

}  // namespace vf::sim
