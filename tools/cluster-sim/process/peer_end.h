// One end of a peer connection over a simulated stream: HELLO in both directions, then frames.
//
// What node/net/peer_link is on a socket. The rules are the product's (handshake, codec,
// FrameReader, LinkConfig); here is only how bytes come and go.
//
// Thread: a simulated one, `thread`. Held by shared_ptr: what waits for a turn keeps it.
// Invariants: 1. No frame but HELLO is handed on before HELLO was exchanged and accepted.
//             2. OnPeerEnd() is called once, as the last call, unless Close() came first; never
//                from within Send(), Connect() or Accept().
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "gossip/stream/frame_reader.h"
#include "gossip/stream/handshake.h"
#include "gossip/stream/link_end.h"
#include "node/data/link_config.h"
#include "node/data/peer_connections.h"
#include "node/data/peer_counters.h"
#include "tools/cluster-sim/process/loop.h"
#include "tools/cluster-sim/process/serial_thread.h"
#include "tools/cluster-sim/process/streams.h"

namespace vf::sim {

class PeerEnd final : public PeerConnection,
                      public StreamUser,
                      public std::enable_shared_from_this<PeerEnd> {
 public:
  class Owner {
   public:
    virtual void OnPeerEndUp(PeerEnd& end) = 0;
    // `body`: a frame of a data type, not decoded yet. False: it is no valid message, or not one
    // for this side; the connection ends.
    virtual bool OnPeerEndFrame(PeerEnd& end, ByteSpan body) = 0;
    virtual void OnPeerEndGone(PeerEnd& end, LinkEnd why) = 0;
    // An accepted one turned out to be a connection of the membership, and waits to be handed over
    // (Release). In place of OnPeerEndGone(), unless it ends before that.
    virtual void OnPeerEndMoves(PeerEnd& end) = 0;

   protected:
    ~Owner() = default;
  };
  // Everything that an end needs of its process; outlives it, or its Close().
  struct Place {
    Loop& loop;
    Streams& streams;
    SerialThread& thread;
    PeerCounters& counters;
  };

  // `expected`: whom the other side must be; kNoMember: anybody. `own`: with its nonce. `number`:
  // the owner's.
  PeerEnd(const Place& place, const LinkConfig& config, const PeerHello& own, MemberKey expected,
          std::uint64_t number, Owner& owner);
  ~PeerEnd() override;

  // One of these, once.
  void Connect(HostNumber from, HostNumber to);
  void Accept(StreamId stream);

  // PeerConnection
  bool Send(OutgoingFrame frame) override;
  void Close() override;

  // Gives the stream away: nothing is told of it any more, and it stays open. REQUIRES: it moves.
  struct Released {
    StreamId stream;
    PeerHello theirs;
    std::string received;  // behind HELLO
  };
  Released Release();

  MemberKey expected() const { return expected_; }
  std::uint64_t number() const { return number_; }
  bool accepted() const { return accepted_; }  // the other side connected

  // StreamUser
  void OnStreamConnected() override;
  void OnStreamBytes(std::string bytes) override;
  void OnStreamWritable() override;
  void OnStreamEnd(StreamEnd end) override;

 private:
  template <typename Body>
  void Turn(Body body);
  void ArmTimer(Duration in);
  void OnTimer();
  void SendFirst(const std::string& bytes);
  void Take(ByteSpan bytes);
  void ProcessFrames();
  void HandleFrame(ByteSpan body);
  void HandleHello(ByteSpan body);
  void Write(std::string bytes);
  void Flush();
  void End(LinkEnd why);

  Place place_;
  const LinkConfig config_;
  const PeerHello own_;
  std::optional<PeerHandshake> handshake_;  // from Connect() or Accept() on
  const MemberKey expected_;
  const std::uint64_t number_;
  Owner& owner_;
  StreamId stream_;
  bool accepted_ = false;
  bool began_ = false;  // the first byte of an accepted stream was seen
  bool up_ = false;
  bool heard_ = false;   // a frame has come since
  bool moving_ = false;  // it is the membership's
  std::string first_;    // the frame that showed it
  bool closed_ = false;
  bool paused_ = false;  // with frames perhaps in reader_, until the queue is shorter
  FrameReader reader_{kMaxHelloBytes};
  std::deque<std::string> queue_;  // what the stream has not taken
  std::size_t queued_bytes_ = 0;
  std::uint64_t timers_ = 0;  // armed so far: only the last one counts
  int turns_without_write_ = 0;
  int turns_without_traffic_ = 0;
};

}  // namespace vf::sim
