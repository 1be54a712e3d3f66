// All membership connections of a process, without the connections themselves: which are made for
// what, what is said on them, and when they are cut. Pure: sockets, or their stand-ins in a
// simulation, are behind MemberStreamsShell.
//
// Driver: hand in the wishes of the Swim's outputs (TakeWishes) and what becomes of the
// connections, each within a turn after which the Swim's outputs are taken; arm a timer for
// NextDeadline().
//
// Thread: none of its own; that of the Swim.
// Invariants: 1. Each wish that is not over gets one answer at the Swim, never from within
//                TakeWishes().
//             2. Nothing but HELLO is said or heard on a connection before HELLO was exchanged and
//                accepted.
//             3. Every connection has a deadline, and a last one however busy it is.
// Limits: StreamConfig.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/seal/cluster_keys.h"
#include "gossip/stream/encoded_buckets.h"
#include "gossip/stream/frame_reader.h"
#include "gossip/stream/handshake.h"
#include "gossip/stream/link_end.h"
#include "gossip/stream/stream_answer.h"
#include "gossip/stream/stream_config.h"
#include "gossip/stream/stream_counters.h"
#include "gossip/stream/stream_session.h"
#include "gossip/swim.h"
#include "gossip/wire/hello.h"

namespace vf {

// Numbers of connections, of this process and life; never 0.
using StreamNumber = std::uint64_t;

class MemberStreamsShell {
 public:
  // Begins to connect; what becomes of it is told later, never from within: OnConnected(), or
  // OnEnd() with kRefused only if nobody listens there.
  virtual void Connect(StreamNumber stream, const Endpoint& to) = 0;
  // OnSent() is told later, never from within, when all of it is on its way; no second one comes
  // before that.
  virtual void Send(StreamNumber stream, std::string bytes) = 0;
  // What was given to Send() still leaves, unless the other side does not take it. Nothing is told
  // of it any more.
  virtual void Close(StreamNumber stream) = 0;
  // 16 random bytes that nobody can foresee.
  virtual std::array<std::byte, 16> Nonce() = 0;

 protected:
  ~MemberStreamsShell() = default;
};

class MemberStreams {
 public:
  // `keys`: of this process, or none. The references outlive this object.
  MemberStreams(Swim& swim, const StreamConfig& config, ClusterKeys keys,
                MemberStreamsShell& shell);
  ~MemberStreams();
  MemberStreams(const MemberStreams&) = delete;
  MemberStreams& operator=(const MemberStreams&) = delete;

  // Begins what the Swim wishes for, and drops what it does not wait for any more.
  void TakeWishes(TimePoint now, const SwimOutputs& outputs);

  // Somebody has connected: its number, under which the rest is told; its first byte is
  // kPeerProtocolByte. None: there are too many; close it.
  std::optional<StreamNumber> Accept(TimePoint now);
  // The same where HELLO was exchanged with `theirs` elsewhere: frames follow.
  std::optional<StreamNumber> AcceptAfterHello(TimePoint now, const PeerHello& theirs);

  // Of connections that are not closed; for others nothing happens.
  void OnConnected(TimePoint now, StreamNumber stream);
  void OnBytes(TimePoint now, StreamNumber stream, ByteSpan bytes);
  void OnSent(TimePoint now, StreamNumber stream);
  // By the other side, or the network.
  void OnEnd(TimePoint now, StreamNumber stream, LinkEnd why);

  // Early or twice is harmless.
  void OnTimer(TimePoint now);
  TimePoint NextDeadline() const { return next_deadline_; }

  // Ends all connections; the Swim is told nothing any more.
  void CloseAll();

  std::size_t incoming() const { return incoming_; }
  std::size_t outgoing() const { return streams_.size() - incoming_; }
  const StreamCounters& counters() const { return counters_; }

 private:
  struct Stream {
    StreamNumber number = 0;
    bool accepted = false;
    bool began = false;                      // the first byte of an accepted one was seen
    std::optional<PeerHandshake> handshake;  // until it is done
    bool up = false;
    std::optional<LinkEnd> end_when_sent;
    FrameReader reader{kMaxHelloBytes};
    std::unique_ptr<StreamSession> session;
    std::string out;  // not given to the shell yet
    bool sending = false;
    TimePoint deadline;
    TimePoint last_deadline;  // however much it does
    LinkEnd at_deadline = LinkEnd::kHandshakeTimeout;
    std::uint32_t echo = 0;  // the wish that it is for, if is_echo
    bool is_echo = false;
  };

  PeerHello OwnHello();
  Stream* Find(StreamNumber number);
  Stream& Add(TimePoint now, bool accepted, std::unique_ptr<StreamSession> session);
  void Connect(TimePoint now, const Endpoint& to, MemberKey expected, Duration at_most,
               std::unique_ptr<StreamSession> session, std::optional<std::uint32_t> echo);
  void OnUp(TimePoint now, Stream& stream, const PeerHello& theirs);
  // Each of these two: false if it ended the stream, which is gone then.
  bool ReadFrames(TimePoint now, Stream& stream);
  bool OnFrame(TimePoint now, Stream& stream, ByteSpan body);
  bool OnHelloFrame(TimePoint now, Stream& stream, ByteSpan body);
  // Gives the shell what is to be sent; ends the stream if there is nothing left to do.
  void Advance(TimePoint now, Stream& stream);
  void NoteProgress(TimePoint now, Stream& stream);
  void SetDeadline(Stream& stream, TimePoint at, LinkEnd then);
  void End(TimePoint now, Stream& stream, LinkEnd why);
  void Remove(TimePoint now, Stream& stream);
  void FindNextDeadline();

  Swim& swim_;
  const StreamConfig config_;
  const ClusterKeys keys_;
  MemberStreamsShell& shell_;
  StreamCounters counters_;
  EncodedBuckets buckets_;
  StreamAnswerers answerers_;
  std::map<StreamNumber, Stream> streams_;
  std::map<std::uint32_t, StreamNumber> echoes_;  // by the number of the wish
  StreamNumber numbers_ = 0;                      // given so far
  std::size_t incoming_ = 0;
  std::vector<std::unique_ptr<StreamSession>> failed_;  // wishes beyond the limits: to be told
  TimePoint forget_at_ = kNever;                        // what is encoded
  TimePoint next_deadline_ = kNever;                    // never later than the next one
};

}  // namespace vf
