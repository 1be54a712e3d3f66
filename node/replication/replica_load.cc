#include "node/replication/replica_load.h"

#include <algorithm>

namespace vf {

void ReplicaLoad::OnSent(TimePoint now, MemberKey member, std::size_t bytes) {
  Peer& peer = peers_[member];
  ++peer.in_flight;
  if (!peer.waiting) {
    peer.waiting = true;
    if (waited_for_++ == 0) look_at_ = now + kLookEvery;
    if (!peer.listed) listed_.push_back(member);
    peer.listed = true;
  }
  peer.looks_since_sent = 0;
  ++peer.sent;
  peer.bytes += bytes;
}

void ReplicaLoad::StopWaiting(Peer& peer) {
  if (peer.waiting) --waited_for_;
  peer.waiting = false;
  peer.looks = 0;
  peer.sent = 0;
  peer.bytes = 0;
}

void ReplicaLoad::OnHeard(MemberKey member) {
  if (Peer* peer = peers_.Find(member)) OnHeard(*peer);
}

void ReplicaLoad::OnHeard(Peer& peer) {
  if (!peer.waiting) return;
  if (peer.in_flight == 0) return StopWaiting(peer);
  // What else it owes, it owes from now on.
  peer.looks = 0;
  peer.sent = static_cast<std::uint32_t>(peer.in_flight);
  peer.bytes = 0;
}

void ReplicaLoad::OnLost(MemberKey member) {
  if (Peer* peer = peers_.Find(member)) StopWaiting(*peer);
}

void ReplicaLoad::Look(TimePoint now, std::vector<Report>& reports) {
  if (NextLook() > now) return;
  look_at_ = now + kLookEvery;
  std::erase_if(listed_, [&](MemberKey member) {
    Peer& peer = peers_[member];
    if (peer.waiting && ++peer.looks_since_sent >= kTryAgainAfter / kLookEvery) StopWaiting(peer);
    if (!peer.waiting) {
      peer.listed = false;
      return true;
    }
    ++peer.looks;
    if (now >= peer.complain_from && IsSilentFor(peer, kDoubtAfter)) {
      peer.complain_from = now + kComplainEvery;
      reports.push_back({member, {ComplaintReason::kTimeout, peer.sent, SilenceOf(peer)}});
    }
    return false;
  });
}

bool ReplicaLoad::IsSilentFor(const Peer& peer, Duration limit) const {
  const Duration transfer(
      static_cast<Duration::rep>(peer.bytes * 1'000'000'000 / bytes_per_second_));
  return peer.looks > (limit + transfer) / kLookEvery;
}

bool ReplicaLoad::IsSilentFor(MemberKey member, Duration limit) const {
  const Peer* peer = peers_.Find(member);
  return peer != nullptr && IsSilentFor(*peer, limit);
}

void ReplicaLoad::OnAnswered(MemberKey member, Duration latency) {
  Peer& peer = peers_[member];
  --peer.in_flight;
  peer.avoid_until = TimePoint::min();
  OnHeard(peer);
  peer.latencies[peer.answers++ % kWindow] = latency;
  // Sorting the window at each answer would cost more than the answer.
  if (peer.answers % (kWindow / 4) != 0) return;
  const std::size_t count = std::min(peer.answers, kWindow);
  std::array<Duration, kWindow> sorted = peer.latencies;
  const auto p99 = sorted.begin() + static_cast<std::ptrdiff_t>((count - 1) * 99 / 100);
  std::nth_element(sorted.begin(), p99, sorted.begin() + static_cast<std::ptrdiff_t>(count));
  peer.hedge_delay = std::max(kMinHedgeDelay, *p99);
}

void ReplicaLoad::OnFailed(MemberKey member) { --peers_[member].in_flight; }

int ReplicaLoad::InFlight(MemberKey member) const {
  const Peer* peer = peers_.Find(member);
  return peer == nullptr ? 0 : peer->in_flight;
}

Duration ReplicaLoad::HedgeDelay(MemberKey member) const {
  const Peer* peer = peers_.Find(member);
  return peer == nullptr ? kDefaultHedgeDelay : peer->hedge_delay;
}

bool ReplicaLoad::Avoid(TimePoint now, MemberKey member) {
  const bool avoided = IsAvoided(now, member);
  peers_[member].avoid_until = now + kAvoidFor;
  return !avoided;
}

void ReplicaLoad::StopAvoiding(MemberKey member) {
  if (Peer* peer = peers_.Find(member)) peer->avoid_until = TimePoint::min();
}

bool ReplicaLoad::IsAvoided(TimePoint now, MemberKey member) const {
  const Peer* peer = peers_.Find(member);
  return peer != nullptr && now < peer->avoid_until;
}

}  // namespace vf
