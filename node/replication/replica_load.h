// What one data thread has experienced with its peers: who is busy, slow, silent or away.
//
// Silent is not slow: a member from which nothing at all has come while requests wait there. A slow
// one answers late, but answers, and each answer ends the silence. So a member whose disk is slow,
// or whose network is, is never left out for it; one that was paused, or hangs, is, at the first
// request and long before gossip suspects it. Silence is counted in looks, one every kLookEvery:
// after a pause of this thread, with answers waiting to be read, it is one look and no silence.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/lookup_map.h"
#include "base/time.h"
#include "gossip/complaint.h"
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
  static constexpr Duration kLookEvery = milliseconds(50);
  // Silence that is worth a probe, and a doubt: twenty times the shortest hedge delay.
  static constexpr Duration kDoubtAfter = milliseconds(100);
  // Who was asked nothing for so long is asked again: a doubt must not feed on itself.
  static constexpr Duration kTryAgainAfter = seconds(5);
  // About one member, while it is silent.
  static constexpr Duration kComplainEvery = seconds(1);

  // Who is silent for `patience`, and for as long as what it was sent takes, is as good as suspect.
  ReplicaLoad(Duration patience, std::uint64_t bytes_per_second)
      : patience_(patience), bytes_per_second_(bytes_per_second) {}

  // A request of about so many bytes.
  void OnSent(TimePoint now, MemberKey member, std::size_t bytes);
  // One of them is answered: it is not avoided any more.
  void OnAnswered(MemberKey member, Duration latency);
  void OnFailed(MemberKey member);
  // Anything came from it, an answer that nobody waits for any more included.
  void OnHeard(MemberKey member);
  // The connection is gone, and what was sent on it.
  void OnLost(MemberKey member);

  int InFlight(MemberKey member) const;
  // The p99 of the recent answers of `member`, at least kMinHedgeDelay.
  Duration HedgeDelay(MemberKey member) const;

  // Pass over `member` for kAvoidFor. Returns false if it was avoided already.
  bool Avoid(TimePoint now, MemberKey member);
  void StopAvoiding(MemberKey member);
  bool IsAvoided(TimePoint now, MemberKey member) const;

  // Silent for kDoubtAfter: the last choice for reads, and waited for by none.
  bool IsDoubtful(MemberKey member) const { return IsSilentFor(member, kDoubtAfter); }
  // Silent for `patience`: as a suspect for writes.
  bool IsSilent(MemberKey member) const { return IsSilentFor(member, patience_); }

  // Early is harmless. Adds to `reports` whom gossip should probe.
  struct Report {
    MemberKey member;
    Complaint complaint;
  };
  void Look(TimePoint now, std::vector<Report>& reports);
  // kNever while nobody is waited for, which nobody is for longer than kTryAgainAfter.
  TimePoint NextLook() const { return waited_for_ == 0 ? kNever : look_at_; }

 private:
  static constexpr std::size_t kWindow = 128;
  struct Peer {
    int in_flight = 0;
    TimePoint avoid_until = TimePoint::min();
    Duration hedge_delay = kDefaultHedgeDelay;
    std::size_t answers = 0;
    std::array<Duration, kWindow> latencies{};
    bool waiting = false;  // something was sent since it was last heard, and is not lost
    bool listed = false;   // in listed_
    int looks = 0;         // while waiting
    int looks_since_sent = 0;
    std::uint32_t sent = 0;   // requests while waiting
    std::uint64_t bytes = 0;  // of these
    TimePoint complain_from = TimePoint::min();
  };
  bool IsSilentFor(MemberKey member, Duration limit) const;
  bool IsSilentFor(const Peer& peer, Duration limit) const;
  static Duration SilenceOf(const Peer& peer) { return kLookEvery * (peer.looks - 1); }
  void OnHeard(Peer& peer);
  void StopWaiting(Peer& peer);

  const Duration patience_;
  const std::uint64_t bytes_per_second_;
  LookupMap<MemberKey, Peer> peers_;
  std::vector<MemberKey> listed_;  // all that are waited for, and some that were
  std::size_t waited_for_ = 0;
  TimePoint look_at_ = kNever;
};

}  // namespace vf
