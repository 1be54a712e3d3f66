// What one data thread has experienced with its peers: who is busy, slow or away.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/lookup_map.h"
#include "base/time.h"
#include "gossip/types.h"

namespace vf {

// Thread: none of its own; one owner.
class ReplicaLoad {
 public:
  // How long a member that refused or vanished is passed over before it is tried again. Gossip
  // decides within that time, or the member is back.
  static constexpr Duration kAvoidFor = milliseconds(500);
  static constexpr Duration kMinHedgeDelay = milliseconds(5);
  // Before there are kWindow / 4 answers to judge by.
  static constexpr Duration kDefaultHedgeDelay = milliseconds(25);

  void OnSent(MemberKey member) { ++peers_[member].in_flight; }
  void OnAnswered(MemberKey member, Duration latency);
  void OnFailed(MemberKey member);

  int InFlight(MemberKey member) const;
  // The p99 of the recent answers of `member`, at least kMinHedgeDelay.
  Duration HedgeDelay(MemberKey member) const;

  // Pass over `member` for kAvoidFor. Returns false if it was avoided already.
  bool Avoid(TimePoint now, MemberKey member);
  void StopAvoiding(MemberKey member);
  bool IsAvoided(TimePoint now, MemberKey member) const;

 private:
  static constexpr std::size_t kWindow = 128;
  struct Peer {
    int in_flight = 0;
    TimePoint avoid_until = TimePoint::min();
    Duration hedge_delay = kDefaultHedgeDelay;
    std::size_t answers = 0;
    std::array<Duration, kWindow> latencies{};
  };
  LookupMap<MemberKey, Peer> peers_;
};

}  // namespace vf
