// One peer connection: the handshake (HELLO, and AUTH with a cluster key), then frames.
//
// Outgoing frames of one turn of the loop go out in one gathered write: the first Send() posts a
// flush, those that follow before it runs ride along. A large value is sent from where the store
// holds it.
//
// Thread: that of its io_context. Held by shared_ptr, since the socket's handlers keep it alive.
// Invariants: 1. Nothing but the handshake is handed on before both sides accepted it; frames
//                that the owner sends earlier wait.
//             2. OnLinkEnd() or OnLinkMoved() is called once, as the last call, unless Close() came
//                first; then nothing is called any more. Never from within Send(), Connect() or
//                Accept().
//             3. What is queued is at most max_queue_bytes and one frame; a link that was accepted
//                reads no further requests while half of that is queued.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/stream/frame_reader.h"
#include "gossip/stream/handshake.h"
#include "gossip/stream/link_end.h"
#include "node/data/link_config.h"
#include "node/data/peer_connections.h"
#include "node/data/peer_counters.h"
#include "node/net/peer_context.h"
#include "node/replication/codec.h"

namespace vf {

class PeerLink final : public PeerConnection, public std::enable_shared_from_this<PeerLink> {
 public:
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

  class Owner {
   public:
    virtual void OnLinkUp(PeerLink& link) = 0;
    // `body`: a frame of a data type (FrameType), not decoded yet. False: it is no valid message,
    // or not one for this side; the link ends.
    virtual bool OnLinkFrame(PeerLink& link, ByteSpan body) = 0;
    virtual void OnLinkEnd(PeerLink& link, LinkEnd end) = 0;
    // Whether membership connections that were accepted here go elsewhere.
    virtual bool MovesMembership() const { return false; }
    // In place of OnLinkEnd(), as the last call: an accepted connection turned out to be one. The
    // socket is the owner's; HELLO was exchanged with `theirs`, `received` are the frames since.
    virtual void OnLinkMoved(PeerLink& link, int socket, const PeerHello& theirs,
                             std::string received);

   protected:
    ~Owner() = default;
  };

  // `expected`: whom the other side must be; kNoMember: anybody. The references outlive the link,
  // or its Close().
  PeerLink(boost::asio::io_context& io, const LinkConfig& config, PeerContext& context,
           MemberKey expected, Owner& owner, PeerCounters& counters);

  // One of these, once.
  void Connect(const Endpoint& endpoint);
  // `socket` is connected; `first_bytes` are what was read from it, kPeerProtocolByte first.
  void Accept(Socket socket, ByteSpan first_bytes);

  // False: too much is queued; nothing was taken.
  bool Send(OutgoingFrame frame) override;

  // Serves nothing more, sends what is queued, and lets the other side close first, so that it
  // reads all of it. Ends with kStopped, after config.drain_timeout at the latest.
  void Drain();
  void Close() override;

  bool is_up() const { return up_; }
  MemberKey expected() const { return expected_; }

 private:
  // `head`, then the value of `tail` if there is one.
  struct Piece {
    std::string head;
    RecordRef tail;
    std::size_t size() const { return head.size() + (tail ? tail.view().value.size() : 0); }
  };

  void SetSocketOptions();
  void SendFirst(std::string bytes);
  void ArmTimer(Duration in);
  void OnTimer();
  void StartRead();
  void OnRead(const boost::system::error_code& error, std::size_t bytes);
  void ProcessFrames();
  void HandleFrame(ByteSpan body);
  void HandleHandshake(ByteSpan body);
  void Move();
  void Enqueue(OutgoingFrame frame);
  void ScheduleFlush();
  void StartWrite();
  void OnWritten(const boost::system::error_code& error, std::size_t bytes);
  void OnQueueSent();
  void EndWhenSent(const HelloRefusal& refusal);
  void EndOnError(LinkEnd end);
  void EndLater(LinkEnd end);
  void End(LinkEnd end);
  void LogProblem(LinkEnd end, const std::string& why);

  const LinkConfig config_;
  PeerContext& context_;
  const MemberKey expected_;
  Owner& owner_;
  PeerCounters& counters_;
  Socket socket_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer_;

  bool accepted_ = false;  // the other side connected
  bool up_ = false;
  bool began_ = false;   // a frame has come since
  bool moving_ = false;  // to who speaks for the membership, as soon as the handshake has left
  bool closed_ = false;
  bool draining_ = false;
  bool half_closed_ = false;
  std::optional<LinkEnd> end_when_sent_;
  Endpoint remote_;

  std::optional<PeerHandshake> handshake_;  // from Connect() or Accept() on
  std::string received_;                    // frames for whom it moves to
  FrameReader reader_{kMaxHelloBytes};
  bool reading_ = false;
  bool paused_ = false;  // with frames perhaps in reader_, until the queue is shorter

  std::deque<Piece> queue_;
  std::size_t queued_bytes_ = 0;
  std::size_t opening_pieces_ = 0;  // of the handshake, at the front
  std::size_t front_sent_ = 0;      // of the first piece
  std::size_t in_write_ = 0;        // pieces at the front that a write refers to
  bool flush_scheduled_ = false;
  std::vector<boost::asio::const_buffer> buffers_;

  // Counted in turns of the timer, so that time in which this process itself was paused says
  // nothing about the other side.
  int turns_without_write_ = 0;
  int turns_without_traffic_ = 0;
};

}  // namespace vf
