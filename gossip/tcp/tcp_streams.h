// MemberStreams on real sockets: the membership connections of a process, on its gossip thread.
//
// Thread: that of the io_context, but for counters(). Nothing here blocks.
// Limits: those of StreamConfig. One buffer for reading is shared by all connections; what is to be
//   sent is at most a chunk a connection.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/allow_list.h"
#include "base/time.h"
#include "gossip/seal/cluster_keys.h"
#include "gossip/stream/stream_config.h"
#include "gossip/stream/stream_counters.h"
#include "gossip/swim.h"
#include "gossip/tcp/accepted_socket.h"
#include "gossip/wire/hello.h"

namespace boost::asio {
class io_context;
}

namespace vf {

class TcpStreams {
 public:
  // Runs `body` as a turn of the Swim's driver: its outputs are taken afterwards.
  using TurnFn = std::function<void(const std::function<void()>& body)>;

  // `keys`: of this process, or none. `allow`: where connections may go to; who may come was judged
  // by whoever accepted. The references outlive this object.
  TcpStreams(boost::asio::io_context& io, Swim& swim, const StreamConfig& config,
             const ClusterKeys& keys, const AllowList& allow, TurnFn turn);
  // Closes everything; nothing is told any more.
  ~TcpStreams();
  TcpStreams(const TcpStreams&) = delete;
  TcpStreams& operator=(const TcpStreams&) = delete;

  // Each within a turn. See MemberStreams.
  void TakeWishes(const SwimOutputs& outputs);
  void OnTimer();
  // Accepted: `received` is what was read from it so far, kPeerProtocolByte first.
  void TakeOver(AcceptedSocket socket, const std::string& received);
  // Accepted, and HELLO was exchanged: `received` is what was read behind it.
  void TakeOver(AcceptedSocket socket, const PeerHello& theirs, const std::string& received);

  TimePoint NextDeadline() const;
  // May be read by any thread.
  const StreamCounters& counters() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace vf
