// The connecting side of the peer protocol: one data thread's connections to the other members.
//
// PeerConnections decides, PeerLinks carry. A connection ends after a minute without traffic.
//
// Thread: one, that of the io_context, but for counters(). Outlived by its arguments.
// Invariants: those of PeerConnections, and: nothing is sent to a process before its HELLO has
//             shown that it is the member that is meant, of the same cluster and foundation.
// Limits: those of PeerConnections, with LinkConfig::max_queue_bytes queued for a member.
#pragma once

#include <cstdint>
#include <memory>

#include "base/rng.h"
#include "base/time.h"
#include "gossip/types.h"
#include "node/data/link_config.h"
#include "node/data/peer_connections.h"
#include "node/data/peer_counters.h"
#include "node/net/peer_context.h"
#include "node/replication/message.h"

namespace boost::asio {
class io_context;
}

namespace vf {

struct PeerClientConfig {
  LinkConfig link{};
  Backoff backoff{};
};

class PeerClient {
 public:
  PeerClient(boost::asio::io_context& io, const PeerClientConfig& config, PeerContext& context,
             PeerClientOwner& owner, Rng rng);
  // Ends all connections; the owner is not called any more.
  ~PeerClient();
  PeerClient(const PeerClient&) = delete;
  PeerClient& operator=(const PeerClient&) = delete;

  // See PeerConnections.
  void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message);

  const PeerCounters& counters() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace vf
