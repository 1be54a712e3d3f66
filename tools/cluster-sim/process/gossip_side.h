// The membership of one simulated process: a Swim, its connections, and the driver that they ask
// for.
//
// As node/../gossip/udp/gossip_thread on real sockets: one turn is what arrived, then a timer that
// is due; then the outputs are taken: a changed membership is published before the datagrams leave.
//
// Thread: a simulated one of its own; one run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/rng.h"
#include "gossip/swim.h"
#include "tools/cluster-sim/process/datagrams.h"
#include "tools/cluster-sim/process/gossip_streams.h"
#include "tools/cluster-sim/process/host.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/serial_thread.h"

namespace vf::sim {

// All are called on the gossip thread.
class GossipOwner {
 public:
  virtual void OnMembership(const SharedMembership& membership) = 0;
  virtual void OnSuspectedSelf() = 0;
  virtual void OnRefused(const std::string& text, bool ends_process) = 0;

 protected:
  ~GossipOwner() = default;
};

struct GossipStart {
  SwimConfig config;
  MemberRecord self;
  ClusterSettings given;
  std::vector<HostNumber> contacts;
  const RememberedCluster* remembered = nullptr;  // from a former life; null: nothing
  // Not null: it begins as a member of this cluster, and `self` is what the others know of it.
  const KnownCluster* warm = nullptr;
};

class GossipSide final : public SerialThreadOwner {
 public:
  // The references outlive this object.
  GossipSide(Loop& loop, Datagrams& datagrams, Streams& streams, Host& host, ProcessNumber process,
             const GossipStart& start, GossipOwner& owner, const Rng& rng);

  // Publishes the first snapshot and begins to join.
  void Begin();

  void OnDatagram(HostNumber from, std::vector<std::byte>& bytes);
  void OnRefusal(HostNumber refused_by);
  // See GossipStreams.
  StreamUser* OnStreamAccept(StreamId stream) { return streams_.OnStreamAccept(stream); }
  void TakeOver(StreamId stream, const PeerHello& theirs, const std::string& received) {
    streams_.TakeOver(stream, theirs, received);
  }

  // As a thread of the process hands them over; each becomes a turn. `done`: see DataPlane::learn.
  void Learn(const std::vector<MemberRecord>& records, const std::function<void()>& done);
  void Report(MemberKey member, std::uint64_t boot, const Complaint& complaint);
  void SetPhase(Phase phase, const std::vector<MemberKey>& first);
  void Leave(LeaveKind kind);
  // Runs `task` in a turn as soon as `when` has come.
  void RunAt(TimePoint when, std::function<void()> task);

  const SharedMembership& current() const { return current_; }
  const Swim& swim() const { return swim_; }
  const StreamCounters& stream_counters() const { return streams_.counters(); }
  SerialThread& thread() { return thread_; }
  const SerialThread& thread() const { return thread_; }
  // Datagrams that found the socket's buffer full.
  std::uint64_t overflows() const { return overflows_; }

  // SerialThreadOwner
  void OnThreadTimer() override;
  void AfterTurn() override;

 private:
  WallTime wall() const { return host_.clock.At(loop_.now()); }
  void TakeOutputs();

  Loop& loop_;
  Datagrams& datagrams_;
  Host& host_;
  const ProcessNumber process_;
  const std::vector<HostNumber> contacts_;
  GossipOwner& owner_;
  SerialThread thread_;
  Swim swim_;
  SwimOutputs outputs_;  // reused
  GossipStreams streams_;
  SharedMembership current_;
  std::multimap<TimePoint, std::function<void()>> tasks_;
  std::size_t waiting_bytes_ = 0;  // in the socket's buffer
  std::uint64_t overflows_ = 0;
};

}  // namespace vf::sim
