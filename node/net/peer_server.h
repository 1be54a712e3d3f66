// The answering side of the peer protocol: the connections of peers to one data thread.
//
// Thread: one, that of the io_context, but for counters(). Outlived by its arguments.
// Invariants: 1. Requests are handed on only after HELLO has shown the same cluster, foundation
//                and settings, and a protocol in common.
//             2. An answer goes out on the connection that its request came on.
// Limits: max_links; further connections are closed at once. A peer that does not read its answers
//   is not read from while half of LinkConfig::max_queue_bytes is queued for it, and is
//   disconnected after LinkConfig::stall_timeout. Neither concerns other peers.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gossip/wire/hello.h"
#include "node/data/link_config.h"
#include "node/data/peer_counters.h"
#include "node/net/peer_context.h"
#include "node/replication/message.h"

namespace boost::asio {
class io_context;
}

namespace vf {

struct PeerServerConfig {
  LinkConfig link{.idle_timeout = minutes(5)};
  std::size_t max_links = 8192;
};

class PeerService {
 public:
  // None: it needs no answer. Must not block.
  virtual std::optional<PeerReply> OnRequest(const PeerRequest& request) = 0;

 protected:
  ~PeerService() = default;
};

class PeerServer {
 public:
  PeerServer(boost::asio::io_context& io, const PeerServerConfig& config, PeerContext& context,
             PeerService& service);
  // Ends all connections at once.
  ~PeerServer();
  PeerServer(const PeerServer&) = delete;
  PeerServer& operator=(const PeerServer&) = delete;

  // Takes over an accepted TCP socket, ownership included. `first_bytes`: what was read from it so
  // far. REQUIRES: the first of these is kPeerProtocolByte.
  void TakeOver(int socket, std::string_view first_bytes);

  // Where connections go that turn out to be the membership's: their first frame after HELLO is
  // one. Takes over the socket; `received` are the frames since HELLO. Without it such frames are
  // skipped.
  using MembershipHandler =
      std::function<void(int socket, const PeerHello& theirs, std::string received)>;
  void SetMembershipHandler(MembershipHandler handler);

  // Serves nothing more, sends what is answered, then ends all connections; `done` is called once
  // that is so, after LinkConfig::drain_timeout at the latest, from the loop. At most once.
  void Drain(std::function<void()> done);

  std::size_t links() const;
  const PeerCounters& counters() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace vf
