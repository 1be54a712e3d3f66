#include "node/data/peer_connections.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/check.h"
#include "node/replication/message_direction.h"

namespace vf {
namespace {

// How long it is remembered that a member could not be reached, after its backoff is over.
constexpr Duration kRememberFailures = minutes(1);

// What the end of a connection means to those who wait for answers; none: nobody does.
std::optional<PeerFailure> ToFailure(LinkEnd end, bool was_up) {
  switch (end) {
    case LinkEnd::kStopped:
    case LinkEnd::kIdle:
      return std::nullopt;
    case LinkEnd::kClosed:
    case LinkEnd::kReset:
      return was_up ? PeerFailure::kReset : PeerFailure::kRefused;
    case LinkEnd::kRefused:
    case LinkEnd::kUnreachable:
    case LinkEnd::kHandshakeTimeout:
    case LinkEnd::kStalled:
    case LinkEnd::kBadLength:
    case LinkEnd::kBadFrame:
    case LinkEnd::kOtherCluster:
    case LinkEnd::kOtherProtocol:
    case LinkEnd::kOtherFoundation:
    case LinkEnd::kOtherSettings:
    case LinkEnd::kOtherMember:
    case LinkEnd::kOtherKey:
      break;
  }
  return PeerFailure::kRefused;
}

}  // namespace

PeerConnections::PeerConnections(const Backoff& backoff, PeerConnectionsShell& shell,
                                 PeerClientOwner& owner, PeerCounters& counters, Rng rng)
    : backoff_(backoff), shell_(shell), owner_(owner), counters_(counters), rng_(rng) {}

void PeerConnections::Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) {
  VF_CHECK(!closed_, "a send after the end");
  Peer& peer = PeerFor(now, to);
  if (peer.connection == nullptr) {
    if (now < peer.retry_at) {
      counters_.refused_backoff.Add();
      return FailLater(to.key(), PeerFailure::kRefused);
    }
    peer.is_up = false;
    peer.connection = shell_.Connect(to.key(), peer.endpoint);
  }
  if (!peer.connection->Send(EncodeFrame(message))) {
    counters_.refused_full.Add();
    FailLater(to.key(), PeerFailure::kOverflow);
  }
}

void PeerConnections::OnUp(MemberKey member) {
  peers_[member].is_up = true;
  owner_.OnPeerUp(member);
}

bool PeerConnections::OnFrame(MemberKey member, ByteSpan body) {
  std::optional<PeerMessage> message = DecodeFrame(body);
  if (!message) return false;
  const std::optional<PeerReply> reply = ToReply(*std::move(message));
  if (!reply) return false;
  // An answer, not a connection, ends the backoff: else a process that accepts and then drops
  // everything would be connected to without pause.
  peers_[member].failures = 0;
  owner_.OnReply(member, *reply);
  return true;
}

void PeerConnections::OnEnd(TimePoint now, MemberKey member, LinkEnd end) {
  Peer& peer = peers_[member];
  const std::optional<PeerFailure> failure = ToFailure(end, peer.is_up);
  peer.connection.reset();
  if (!failure) return;
  if (*failure != PeerFailure::kReset || peer.failures > 0) BackOff(now, peer);
  // One connection without an answer is no reason to wait, a second one is.
  if (*failure == PeerFailure::kReset) peer.failures = std::max(peer.failures, 1);
  owner_.OnPeerFailure(member, *failure);
}

void PeerConnections::TellFailures() {
  const auto failed = std::exchange(failed_, {});
  for (const auto& [member, why] : failed) {
    if (!closed_) owner_.OnPeerFailure(member, why);
  }
}

void PeerConnections::CloseAll() {
  closed_ = true;
  for (auto& [member, peer] : peers_) {
    if (peer.connection != nullptr) peer.connection->Close();
  }
  peers_.clear();
}

PeerConnections::Peer& PeerConnections::PeerFor(TimePoint now, const MemberRecord& to) {
  const auto [it, is_new] = peers_.try_emplace(to.key());
  Peer& peer = it->second;
  if (is_new) {
    ForgetOthers(now, to.key());
  } else if (peer.endpoint != to.endpoint) {
    if (peer.connection != nullptr) {
      peer.connection->Close();
      FailLater(to.key(), PeerFailure::kReset);
    }
    peer = {};
  }
  peer.endpoint = to.endpoint;
  return peer;
}

// Members come and go: those without a connection and with nothing to remember go here.
void PeerConnections::ForgetOthers(TimePoint now, MemberKey except) {
  for (auto it = peers_.begin(); it != peers_.end();) {
    const bool stale = it->first != except && it->second.connection == nullptr &&
                       it->second.retry_at + kRememberFailures < now;
    it = stale ? peers_.erase(it) : std::next(it);
  }
}

void PeerConnections::BackOff(TimePoint now, Peer& peer) {
  const int doublings = std::min(peer.failures, 20);
  const Duration longest = std::min(backoff_.max, backoff_.min * (std::int64_t{1} << doublings));
  peer.retry_at = now + rng_.Between(longest / 2, longest);
  ++peer.failures;
}

void PeerConnections::FailLater(MemberKey member, PeerFailure failure) {
  const bool to_tell = !failed_.empty();
  failed_.emplace(member, failure);
  if (!to_tell) shell_.OnFailuresToTell();
}

}  // namespace vf
