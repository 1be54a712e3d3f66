// The connecting side of the peer protocol: one data thread's connections to the other members.
//
// One connection a member carries all requests to it; answers come in any order. It is made at the
// first request and ends after a minute without any.
//
// Thread: one, that of the io_context, but for counters(). Outlived by its arguments.
// Invariants: 1. The owner is never called from within Send().
//             2. Nothing is sent to a process before its HELLO has shown that it is the member
//                that is meant, of the same cluster and foundation.
//             3. Every request is answered with OnReply(), or OnPeerFailure() is called after it,
//                or the member keeps its connection open and silent: deadlines are the owner's.
// Limits: LinkConfig::max_queue_bytes a member; beyond it sends are refused (kOverflow). After a
//   connection that did not come about, sends are refused (kRefused) until a backoff of
//   backoff_min, doubled each time up to backoff_max, has passed, less a random part of up to half.
#pragma once

#include <cstdint>
#include <memory>

#include "base/rng.h"
#include "base/time.h"
#include "gossip/types.h"
#include "node/net/link_config.h"
#include "node/net/peer_context.h"
#include "node/net/peer_counters.h"
#include "node/replication/message.h"
#include "node/replication/replicator.h"

namespace boost::asio {
class io_context;
}

namespace vf {

struct PeerClientConfig {
  LinkConfig link{};
  Duration backoff_min = milliseconds(20);
  Duration backoff_max = seconds(1);
};

class PeerClientOwner {
 public:
  virtual void OnReply(MemberKey from, const PeerReply& reply) = 0;
  // What was sent to `member` and not answered is lost.
  virtual void OnPeerFailure(MemberKey member, PeerFailure failure) = 0;
  // It has shown that it is there: a new connection is up.
  virtual void OnPeerUp(MemberKey member) = 0;

 protected:
  ~PeerClientOwner() = default;
};

class PeerClient {
 public:
  PeerClient(boost::asio::io_context& io, const PeerClientConfig& config, PeerContext& context,
             PeerClientOwner& owner, Rng rng);
  // Ends all connections; the owner is not called any more.
  ~PeerClient();
  PeerClient(const PeerClient&) = delete;
  PeerClient& operator=(const PeerClient&) = delete;

  // `to`: key and endpoint count. If the endpoint is another than before, the old connection ends.
  void Send(const MemberRecord& to, const PeerMessage& message);

  const PeerCounters& counters() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace vf
