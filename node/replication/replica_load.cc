#include "node/replication/replica_load.h"

#include <algorithm>

namespace vf {

void ReplicaLoad::OnAnswered(MemberKey member, Duration latency) {
  Peer& peer = peers_[member];
  --peer.in_flight;
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
