// The data of one simulated process: what node/data holds, with the connections to peers.
//
// One data thread. What goes from the membership's thread to the data thread or back takes
// kHandOver.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "gossip/wire/hello.h"
#include "node/data/data_driver.h"
#include "node/data/data_plane.h"
#include "node/data/membership_follower.h"
#include "node/data/peer_connections.h"
#include "tools/cluster-sim/process/gossip_side.h"
#include "tools/cluster-sim/process/host.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/peer_end.h"
#include "tools/cluster-sim/process/serial_thread.h"
#include "tools/cluster-sim/process/streams.h"

namespace vf::sim {

// Between two threads of a process: waking the other one.
inline constexpr Duration kHandOver = microseconds(20);
// Behind what the same thread has to do already.
inline constexpr Duration kOwnHandOver = microseconds(2);

class DataSide final : public SerialThreadOwner,
                       DriverShell,
                       PeerConnectionsShell,
                       PeerClientOwner,
                       PeerEnd::Owner {
 public:
  // Tasks that are handed over: dropped with the process.
  using PostFn = std::function<void(Duration delay, std::function<void()> task)>;

  // `post`: runs the task later unless the process has ended. The references outlive this object.
  DataSide(Loop& loop, Streams& streams, Host& host, ProcessNumber process,
           const MemberRecord& self, std::uint32_t cluster_hash, const DataSettings& settings,
           GossipSide& gossip, PostFn post, const Rng& rng);
  ~DataSide();

  // On the gossip thread. Not empty: this process cannot serve in this cluster, and why.
  std::string OnMembership(const SharedMembership& membership);
  void OnSuspectedSelf() { plane_.DoubtCopies(); }

  // Are told of copies that come in sync, of those that are about to be dropped, and that all are
  // handed over, on the data thread.
  void SetCopyObservers(std::function<void(const CopyInSync&)> in_sync,
                        std::function<void(Partition)> before_drop, std::function<void()> emptied) {
    plane_.on_copy_in_sync = std::move(in_sync);
    plane_.on_before_drop = std::move(before_drop);
    plane_.on_emptied = std::move(emptied);
  }

  // Somebody has connected. Null: it serves nobody.
  StreamUser* OnStreamAccept(StreamId stream);
  // The orderly end has begun: no new clients.
  void Drain() { draining_ = true; }

  // Requests of clients that have come and are not answered: they count until it says so.
  void OnRequestBegun() { ++open_requests_; }
  void OnRequestEnded() { --open_requests_; }
  int open_requests() const { return open_requests_; }

  // Runs `body` with the driver and the time, in a turn.
  template <typename Body>
  void Serve(Body body) {
    thread_.Run([this, body = std::move(body)]() mutable { body(driver_, loop_.now(), wall()); });
  }

  bool draining() const { return draining_; }
  // Bytes of records (RecordBytes) that passes have brought here, whether they were kept or not.
  std::uint64_t moved_bytes() const { return moved_bytes_; }
  const DataPlane& plane() const { return plane_; }
  const DataCounters& counters() const { return driver_.counters(); }
  SerialThread& thread() { return thread_; }
  const SerialThread& thread() const { return thread_; }

  // SerialThreadOwner
  void OnThreadTimer() override;
  void AfterTurn() override;

 private:
  // DriverShell
  void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message) override;
  void Post(DriverTask task) override;
  void OnDeadlineMoved() override;
  // PeerConnectionsShell
  std::shared_ptr<PeerConnection> Connect(MemberKey member, const Endpoint& endpoint) override;
  void OnFailuresToTell() override;
  // PeerClientOwner
  void OnReply(MemberKey from, const PeerReply& reply) override;
  void OnPeerFailure(MemberKey member, PeerFailure failure) override;
  void OnPeerUp(MemberKey member) override;
  // PeerEnd::Owner, for connections of either side
  void OnPeerEndUp(PeerEnd& end) override;
  bool OnPeerEndFrame(PeerEnd& end, ByteSpan body) override;
  void OnPeerEndGone(PeerEnd& end, LinkEnd why) override;
  void OnPeerEndMoves(PeerEnd& end) override;

  WallTime wall() const { return host_.clock.At(loop_.now()); }
  void ConnectPlane();
  void UseDisk();
  void Follow(const FollowerSteps& steps);
  void OnDataThread(Duration delay, std::function<void()> task);
  PeerHello OwnHello();

  Loop& loop_;
  Streams& streams_;
  Host& host_;
  GossipSide& gossip_;
  const PostFn post_;
  Rng rng_;
  SerialThread thread_;
  DataPlane plane_;
  MembershipFollower follower_;
  DataDriver driver_;
  PeerCounters client_counters_;
  PeerCounters server_counters_;
  PeerConnections connections_;
  std::map<std::uint64_t, std::shared_ptr<PeerEnd>> accepted_;  // made by others; by number
  std::uint64_t accepted_count_ = 0;
  TimePoint grace_armed_ = kNever;
  bool draining_ = false;
  int open_requests_ = 0;
  std::uint64_t moved_bytes_ = 0;
};

// Of the key, the value, and 16 for version and expiry.
std::uint64_t RecordBytes(const RecordRef& record);

}  // namespace vf::sim
