// The connecting side of the peer protocol, without the connections themselves: when one is made to
// which member, when it is tried again, and what its end means to those who wait for answers.
//
// One connection a member carries all requests to it; answers come in any order. It is made at the
// first request. Pure: sockets, or their stand-ins in a simulation, are behind
// PeerConnectionsShell.
//
// Thread: none of its own; one owner.
// Invariants: 1. The owner is never told anything from within Send().
//             2. Every request is answered with OnReply(), or OnPeerFailure() is told after it, or
//                the member keeps its connection open and silent: deadlines are the owner's.
// Limits: what PeerConnection::Send() takes; beyond it sends are refused (kOverflow). After a
//   connection that did not come about, sends are refused (kRefused) until a backoff of
//   Backoff::min, doubled each time up to Backoff::max, has passed, less a random part of up to
//   half.
#pragma once

#include <map>
#include <memory>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/rng.h"
#include "base/time.h"
#include "gossip/stream/link_end.h"
#include "gossip/types.h"
#include "node/data/peer_counters.h"
#include "node/replication/codec.h"
#include "node/replication/message.h"
#include "node/replication/replicator.h"

namespace vf {

// Who sends requests, and hears what becomes of them.
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

// A connection to one member, from the first attempt on.
class PeerConnection {
 public:
  virtual ~PeerConnection() = default;
  // Frames that come before it is up wait. False: too much is queued; nothing was taken.
  virtual bool Send(OutgoingFrame frame) = 0;
  // Ends it; nothing is told of it any more.
  virtual void Close() = 0;
};

class PeerConnectionsShell {
 public:
  // Begins to connect to `member`, whom JudgeHello() must find at `endpoint`. What becomes of it is
  // told later, never from within this call or PeerConnection::Send(): OnUp() first, if it comes
  // about; then OnFrame(); then OnEnd() once, as the last.
  virtual std::shared_ptr<PeerConnection> Connect(MemberKey member, const Endpoint& endpoint) = 0;
  // TellFailures() is to be called soon, but not from within this call.
  virtual void OnFailuresToTell() = 0;

 protected:
  ~PeerConnectionsShell() = default;
};

struct Backoff {
  Duration min = milliseconds(20);
  Duration max = seconds(1);
};

class PeerConnections {
 public:
  // The references outlive this object.
  PeerConnections(const Backoff& backoff, PeerConnectionsShell& shell, PeerClientOwner& owner,
                  PeerCounters& counters, Rng rng);

  // `to`: key and endpoint count. If the endpoint is another than before, the old connection ends.
  void Send(TimePoint now, const MemberRecord& to, const PeerMessage& message);

  // What the connection to `member` has to say.
  void OnUp(MemberKey member);
  // `body`: of a data frame. False: it is no valid answer; end the connection with kBadFrame.
  bool OnFrame(MemberKey member, ByteSpan body);
  void OnEnd(TimePoint now, MemberKey member, LinkEnd end);

  // Sends that were refused, once a turn however many they were.
  void TellFailures();

  // Ends all connections; the owner is told nothing any more. Send() must not follow.
  void CloseAll();

 private:
  struct Peer {
    Endpoint endpoint;
    std::shared_ptr<PeerConnection> connection;
    bool is_up = false;
    int failures = 0;  // since its last answer
    TimePoint retry_at;
  };

  Peer& PeerFor(TimePoint now, const MemberRecord& to);
  void ForgetOthers(TimePoint now, MemberKey except);
  void BackOff(TimePoint now, Peer& peer);
  void FailLater(MemberKey member, PeerFailure failure);

  const Backoff backoff_;
  PeerConnectionsShell& shell_;
  PeerClientOwner& owner_;
  PeerCounters& counters_;
  Rng rng_;
  std::map<MemberKey, Peer> peers_;
  std::map<MemberKey, PeerFailure> failed_;  // to be told
  bool closed_ = false;
};

}  // namespace vf
