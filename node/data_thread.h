// One data thread: an event loop with its listening socket, its connections to peers, and the
// client operations that came in through it.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "base/allow_list.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "http/http_metrics.h"
#include "http/listener.h"
#include "http/operator_service.h"
#include "node/data/data_driver.h"
#include "node/data/data_plane.h"
#include "node/data/peer_counters.h"
#include "node/net/peer_context.h"

namespace vf {

struct DataThreadConfig {
  ListenerConfig listener;
  bool runs_sync = false;  // exactly one thread of a process does
  // See PeerServer::SetMembershipHandler(); called on this thread.
  std::function<void(int socket, const PeerHello& theirs, std::string received)> on_membership;
};

// Threads: Start(), Drain(), Stop() and the destructor belong to one owner; OnViewPublished(),
// MarkAllNotInSync() and OnBehind() may be called by any; counters may be read by any.
class DataThread {
 public:
  // All but `config` outlive it.
  DataThread(DataThreadConfig config, DataPlane& plane, const AllowList& allow,
             const OperatorService& operators, HttpShared& http, PeerContext& peers, Rng rng);
  ~DataThread();  // Stop()

  // Binds and listens. Errors: what the system said of the address.
  absl::Status Listen();
  Endpoint local_endpoint() const;
  // Starts the thread; clients are served from now on.
  void Start();

  void OnViewPublished();
  void MarkAllNotInSync();
  void OnBehind(std::vector<Partition> partitions, MemberKey holder);
  // See DataDriver; `done` is called on this thread, and not at all once it has ended. Any thread.
  void AskSafeToStop(StopCallback done);

  // Takes no new clients and answers those that are accepted, for at most `limit`; then calls
  // `done`, on the data thread.
  void Drain(Duration limit, std::function<void()> done);
  // Sends peers what is answered, closes everything and ends the thread.
  void Stop();

  // Rises every TurnWatch::kTurnEvery while the loop turns. Any thread.
  std::uint64_t turns() const;
  const HttpMetrics& http_metrics() const;
  const DataCounters& data_counters() const;
  const PeerCounters& client_counters() const;  // connections made by this thread
  const PeerCounters& server_counters() const;  // connections of peers that it accepted

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vf
