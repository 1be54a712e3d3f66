#include "node/replication/behind_notes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "node/replication/codec.h"

namespace vf {

void BehindNotes::Note(TimePoint now, Partition partition, std::span<const MemberKey> members) {
  const ClusterView& view = views_.Current();
  for (const MemberKey member : members) {
    const ViewMember* seen = view.Find(member);
    if (member == view.self() || seen == nullptr || seen->reach == Reach::kUnreachable) continue;
    Peer& peer = peers_[member];
    peer.untold.insert(partition);
    Tell(now, view.self(), member, peer);
  }
}

void BehindNotes::Tell(TimePoint now, MemberKey self, MemberKey member, Peer& peer) {
  if (now < peer.retry_at) return;
  while (!peer.untold.empty() && peer.in_flight.size() < config_.max_in_flight) {
    BehindRequest request;
    request.request = kRequestBit | ++requests_;
    request.holder = self;
    const std::size_t count = std::min(peer.untold.size(), kMaxBehindPartitions);
    const auto end = std::next(peer.untold.begin(), static_cast<std::ptrdiff_t>(count));
    request.partitions.assign(peer.untold.begin(), end);
    peer.untold.erase(peer.untold.begin(), end);
    peer.in_flight[request.request] = {now + config_.answer_timeout, request.partitions};
    AddSend(sends_, member, std::move(request));
  }
}

void BehindNotes::OnReply(TimePoint now, MemberKey from, const BehindReply& reply) {
  const auto it = peers_.find(from);
  if (it == peers_.end()) return;
  Peer& peer = it->second;
  peer.in_flight.erase(reply.request);
  peer.backoff = Duration(0);
  peer.retry_at = TimePoint::min();
  Tell(now, views_.Current().self(), from, peer);
  if (peer.untold.empty() && peer.in_flight.empty()) peers_.erase(it);
}

void BehindNotes::Fail(TimePoint now, Peer& peer, std::map<RequestId, Sent>::iterator sent) {
  peer.untold.insert(sent->second.partitions.begin(), sent->second.partitions.end());
  peer.in_flight.erase(sent);
  if (peer.retry_at > now) return;
  peer.backoff = std::clamp(2 * peer.backoff, config_.min_retry, config_.max_retry);
  peer.retry_at = now + peer.backoff;
}

void BehindNotes::OnPeerFailure(TimePoint now, MemberKey member) {
  const auto it = peers_.find(member);
  if (it == peers_.end()) return;
  Peer& peer = it->second;
  while (!peer.in_flight.empty()) Fail(now, peer, peer.in_flight.begin());
}

void BehindNotes::OnViewChanged() {
  const ClusterView& view = views_.Current();
  std::erase_if(peers_, [&](const auto& entry) {
    const ViewMember* seen = view.Find(entry.first);
    return seen == nullptr || seen->reach == Reach::kUnreachable;
  });
}

void BehindNotes::OnTimer(TimePoint now) {
  const MemberKey self = views_.Current().self();
  for (auto& [member, peer] : peers_) {
    for (auto sent = peer.in_flight.begin(); sent != peer.in_flight.end();) {
      const auto current = sent++;
      if (current->second.until <= now) Fail(now, peer, current);
    }
    Tell(now, self, member, peer);
  }
}

TimePoint BehindNotes::NextDeadline() const {
  TimePoint next = kNever;
  for (const auto& [member, peer] : peers_) {
    for (const auto& [request, sent] : peer.in_flight) next = std::min(next, sent.until);
    const bool waits = !peer.untold.empty() && peer.in_flight.size() < config_.max_in_flight;
    if (waits) next = std::min(next, peer.retry_at);
  }
  return next;
}

void BehindNotes::TakeOutputs(std::vector<PeerSend>& sends) {
  std::swap(sends, sends_);
  sends_.clear();
}

std::size_t BehindNotes::size() const {
  std::size_t count = 0;
  for (const auto& [member, peer] : peers_) {
    count += peer.untold.size();
    for (const auto& [request, sent] : peer.in_flight) count += sent.partitions.size();
  }
  return count;
}

}  // namespace vf
