// The membership connections of one simulated process: MemberStreams over simulated TCP.
//
// What gossip/tcp is on real sockets. The kernel accepts whatever the process does; what comes is
// its gossip thread's, in turns.
//
// Thread: a simulated one, `thread`; one run.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "gossip/stream/member_streams.h"
#include "gossip/swim.h"
#include "gossip/wire/hello.h"
#include "tools/cluster-sim/process/host.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/serial_thread.h"
#include "tools/cluster-sim/process/streams.h"

namespace vf::sim {

class GossipStreams final : MemberStreamsShell {
 public:
  // The references outlive this object.
  GossipStreams(Loop& loop, Streams& streams, Host& host, SerialThread& thread, Swim& swim,
                const StreamConfig& config, const Rng& rng);
  // Closes all of them.
  ~GossipStreams();

  // Each within a turn. See MemberStreams.
  void TakeWishes(const SwimOutputs& outputs) { members_.TakeWishes(loop_.now(), outputs); }
  void OnTimer() { members_.OnTimer(loop_.now()); }
  TimePoint NextDeadline() const { return members_.NextDeadline(); }

  // Somebody has connected. Null: too many have.
  StreamUser* OnStreamAccept(StreamId stream);
  // The same where HELLO was exchanged by another thread, which read `received` behind it.
  void TakeOver(StreamId stream, const PeerHello& theirs, const std::string& received);

  const StreamCounters& counters() const { return members_.counters(); }

 private:
  class Connection;

  // MemberStreamsShell
  void Connect(StreamNumber number, const Endpoint& to) override;
  void Send(StreamNumber number, std::string bytes) override;
  void Close(StreamNumber number) override;
  std::array<std::byte, 16> Nonce() override;

  std::shared_ptr<Connection> Wait(StreamId stream);
  // What `accept` has given it a number for, or not.
  void Take(Connection& connection, std::optional<StreamNumber> number);
  // `body` in a turn, with the number, unless the connection is closed by then.
  template <typename Body>
  void Turn(const std::shared_ptr<Connection>& connection, Body body);

  Loop& loop_;
  Streams& streams_;
  Host& host_;
  SerialThread& thread_;
  Rng rng_;
  MemberStreams members_;
  std::map<StreamNumber, std::shared_ptr<Connection>> connections_;
  // Accepted by the kernel; the thread has not taken them yet. In the order of their coming.
  std::map<std::uint64_t, std::shared_ptr<Connection>> waiting_;
  std::uint64_t accepted_ = 0;
};

}  // namespace vf::sim
