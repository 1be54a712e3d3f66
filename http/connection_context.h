// What the connections of one listener share.
#pragma once

#include <cstddef>
#include <vector>

#include "http/endpoint.h"
#include "http/framer.h"
#include "http/listener.h"
#include "http/target.h"

namespace vf {

class Connection;

// Thread: the listener's.
struct ConnectionContext {
  static constexpr std::size_t kScratchBytes = 64 * 1024;

  ConnectionContext(const ListenerConfig& config, KvService* kv, const OperatorService& operators,
                    HttpShared& shared);

  // What `request` asks for here.
  Target Parse(const HttpRequest& request) const;

  const FramerLimits framer_limits;
  const HttpDeadlines deadlines;  // body: already in proportion
  const std::size_t max_output_bytes;
  KvService* const kv;
  const OperatorService& operators;
  const bool has_data;
  HttpEndpoint endpoint;
  HttpShared* shared;
  HttpMetrics metrics;
  Listener::PeerHandler peer_handler;
  bool draining = false;          // what is answered now is a connection's last answer
  bool idle_dismissed = false;    // and those with nothing under way are closed
  std::vector<Connection*> open;  // each knows its index
  // What one read brings; used up, or copied, before the next read of any connection.
  std::vector<char> scratch;
};

}  // namespace vf
