#include "gossip/udp/reply_sources.h"

#include "base/hash64.h"

namespace vf {

std::size_t ReplySources::PlaceOf(const Endpoint& peer) {
  return Hash64(peer.address_bytes(), peer.port()) % kPeers;
}

void ReplySources::Note(const Endpoint& from, const Endpoint& to) {
  entries_[PlaceOf(from)] = {from, to};
}

std::optional<Endpoint> ReplySources::For(const Endpoint& peer) const {
  const Entry& entry = entries_[PlaceOf(peer)];
  if (entry.peer != peer || !peer.IsUsableAsPeer()) return std::nullopt;
  return entry.own;
}

void ReplySources::Forget(const Endpoint& peer) {
  Entry& entry = entries_[PlaceOf(peer)];
  if (entry.peer == peer) entry = {};
}

}  // namespace vf
