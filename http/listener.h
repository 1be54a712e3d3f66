// Accepts connections for one data thread and serves HTTP on them.
//
// Nothing here blocks and no thread is held by a client: a connection is a small object that Asio
// calls when there is something to do (http/connection.h). A connection whose first byte is 0xF6
// speaks the peer protocol and is handed to whom the main has named.
#pragma once

#include <absl/functional/any_invocable.h>
#include <absl/status/status.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/allow_list.h"
#include "base/endpoint.h"
#include "base/os/turned_away_log.h"
#include "base/time.h"
#include "http/body_budget.h"
#include "http/framer.h"
#include "http/http_metrics.h"
#include "http/kv_service.h"
#include "http/operator_service.h"

struct sockaddr;

namespace boost::asio {
class io_context;
}

namespace vf {

struct HttpDeadlines {
  Duration head = seconds(10);   // from a request's first byte to the end of its head
  Duration body = seconds(30);   // from there to its last byte, for a value limit up to 16 MiB;
                                 // in proportion longer for a larger limit
  Duration idle = seconds(60);   // without any byte of a next request
  Duration write = seconds(10);  // with something to send and next to no progress
  Duration linger = seconds(1);  // after the last answer, for the client to read it and close
};

struct ListenerConfig {
  Endpoint bind;            // where to listen; port 0 picks one. [::] serves v4 too
  int bound_fd = -1;        // else: a TCP socket that is bound already; taken over by Start
  bool reuse_port = false;  // SO_REUSEPORT: for the threads of one process only
  int backlog = 4096;
  FramerLimits framer;  // its body_budget is set by the listener
  HttpDeadlines deadlines;
  // While so much of earlier answers waits to be sent, no further request is begun or read.
  std::size_t max_output_bytes = 256 * 1024;
  bool fast_answers = true;
  // In place of accept4(2), with its result and errno: for tests that make it fail.
  std::function<int(int fd, sockaddr* address, unsigned* size)> accept_call;
};

// What all listeners of one process share. Threads: any. Outlives them.
struct HttpShared {
  // `max_body_bytes`: of all request bodies in flight together (25 % of memory).
  explicit HttpShared(std::uint64_t max_body_bytes,
                      std::uint32_t max_connections_now = DefaultMaxConnections())
      : bodies(max_body_bytes), max_connections(max_connections_now) {}

  // The limit of descriptors less a reserve for peers, gossip and files.
  static std::uint32_t DefaultMaxConnections();

  BodyBudget bodies;
  const std::uint32_t max_connections;
  std::atomic<std::uint32_t> connections{0};
  TurnedAwayLog turned_away;
};

// Thread: the one that runs the io_context, for every call and callback, or none yet.
// metrics() may be read from any thread.
// Invariants: 1. Requests of a connection run one after another and are answered in order.
//             2. Every connection has a deadline, unless an operation of the KvService is under way
//                (which has its own).
//             3. A failed accept never ends accepting.
class Listener {
 public:
  // `fd`: the connection, non-blocking and close-on-exec, now the callee's. `received`: what was
  // read of it so far, at least the first byte. `remote`: the other end.
  using PeerHandler = std::function<void(int fd, std::string received, const Endpoint& remote)>;

  // `kv`: null on the controller. All but `config` outlive the listener.
  Listener(boost::asio::io_context& io, const ListenerConfig& config, const AllowList& allow_list,
           KvService* kv, const OperatorService& operators, HttpShared& shared);
  // Closes everything at once. Callbacks of the KvService may still come afterwards, and do
  // nothing.
  ~Listener();

  // Connections of the peer protocol go there; without a handler they are closed.
  void SetPeerHandler(PeerHandler handler);

  // Binds and listens, and accepts as soon as the io_context runs. Errors: what the system said of
  // the address.
  absl::Status Start();

  // After Start: where it listens, with the port that was picked.
  Endpoint local_endpoint() const;

  // Stops accepting; requests that have come are answered, with `Connection: close`; connections
  // that are idle, or become so, are closed after 0.1 s, all others after `limit`. Then, or at once
  // if there are none, `done` is called, never before this call returns. REQUIRES: called once.
  void Drain(Duration limit, absl::AnyInvocable<void()> done);

  const HttpMetrics& metrics() const;
  std::size_t open_connections() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace vf
