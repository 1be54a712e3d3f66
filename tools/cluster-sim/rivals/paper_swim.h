// SWIM as in its paper, as one member sees it.
//
// Source: Das, Gupta, Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group
// Membership Protocol", DSN 2002: sections 3 (detection), 4.1 (piggybacking), 4.2 (suspicion), 4.3
// (round robin). What the paper leaves open is decided here:
//  1. Suspicion lasts alpha * max(1, log10 n) periods, as in Lifeguard's plain SWIM; no Lifeguard.
//  2. An update is passed on ceil(lambda * ln n) times; a message is at most as long as a datagram
//     of the others, so that what is compared is the protocol. A record takes 20 bytes, a message
//     15 without them.
//  3. A newcomer gets the whole table from its contact, which then tells the others.
//  4. The confirmed dead are never contacted again, and cannot come back.
// Everything is a datagram; the newcomer's table alone goes over a connection.
//
// Thread: none of its own; one owner.
#pragma once

#include <optional>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "tools/cluster-sim/rivals/rival.h"

namespace vf::sim {

struct PaperSwimOptions {
  Duration period = seconds(1);               // T'
  Duration ping_timeout = milliseconds(500);  // at least a round trip, less than half a period
  int relays = 3;                             // k
  bool round_robin = true;                    // false: a random member each period
  int suspicion_multiplier = 5;               // alpha
  double lambda = 3;
  std::size_t packet_bytes = 1400;
};

class PaperSwim final : public RivalProtocol {
 public:
  // A member that knows hosts 0 to warm - 1 (it is one of them), or with 0 only itself. Its periods
  // count from `born` on. `options` outlives it.
  PaperSwim(const PaperSwimOptions& options, HostNumber self, HostNumber warm, TimePoint born,
            Rng rng);

  void OnTimer(TimePoint now) override;
  void OnMessage(TimePoint now, HostNumber from, const RivalMessage& message) override;
  TimePoint NextDeadline() const override;
  void Announce(TimePoint now) override;
  // It does one thing after the other: no timer runs meanwhile.
  void SetBlocked(TimePoint now, bool blocked) override;

 private:
  struct Probe {
    HostNumber target = 0;
    std::uint32_t incarnation = 0;
    std::uint32_t sequence = 0;
    TimePoint ask_relays_at;  // kNever: they were asked, or it answered
    bool answered = false;
  };
  struct Suspicion {
    HostNumber subject = 0;
    TimePoint deadline;
  };

  void BeginPeriod(TimePoint now);
  // The member to ping in this period; none if there is nobody.
  std::optional<RivalEntry> PickTarget();
  void AskRelays();
  void OnAck(const RivalMessage& message);
  void Apply(TimePoint now, const RivalUpdate& update);
  void Refute(std::uint32_t accused);
  void Merge(TimePoint now, const RivalTable& table);
  void Pass(const RivalUpdate& update);
  void SendWithNews(HostNumber to, RivalMessage message);
  std::size_t TableBytes(std::size_t members) const override;

  const PaperSwimOptions& options_;
  std::size_t dead_ = 0;  // members of the view that are
  bool blocked_ = false;

  TimePoint next_period_;
  std::optional<Probe> probe_;
  std::vector<Suspicion> suspicions_;  // by deadline, nearly: timeouts grow with the members
};

}  // namespace vf::sim
