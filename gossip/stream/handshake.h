// The beginning of a peer connection: HELLO in both directions, and AUTH with a cluster key, until
// each side knows that the other belongs to its cluster. Pure: frames in, bytes out.
//
//   connecting side           accepting side
//   0xF6, HELLO  ---------->
//                <----------  HELLO, AUTH      (a mismatch is told to the side that connected, too)
//   AUTH         ---------->
//
// HELLO says whether AUTH will follow: a cluster key on one side only is a mismatch like any other.
//
// Every peer connection begins with this object, whoever carries its bytes: PeerLink,
// MemberStreams, and the simulator's connections.
//
// Thread: none of its own; one connection.
// Invariants: 1. is_done() only after the other side's HELLO was accepted and, with a cluster key,
//                its AUTH was right.
//             2. After a refusal every frame is refused: nothing more is to be read, the connection
//                ends when what the step says is sent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "gossip/seal/cluster_keys.h"
#include "gossip/stream/auth.h"
#include "gossip/stream/hello_refusal.h"
#include "gossip/types.h"
#include "gossip/wire/hello.h"

namespace vf {

class PeerHandshake {
 public:
  enum class Side : std::uint8_t { kConnecting, kAccepting };

  // `own`: with its nonce; whether it signs is set here. `keys`: of this process, or none.
  // `expected`: whom the other side must be; kNoMember: anybody.
  PeerHandshake(Side side, PeerHello own, ClusterKeys keys, MemberKey expected = kNoMember);

  // What the connecting side sends as soon as it is connected, its first byte included; empty on
  // the accepting side, which speaks when it is spoken to.
  std::string Opening() const;

  struct Step {
    std::string send;  // whole frames to be sent now; may be empty
    // The connection ends with this once `send` is sent.
    std::optional<HelloRefusal> refusal;
  };
  // `body`: the next frame, at most kMaxHelloBytes of it. REQUIRES: not done.
  Step OnFrame(ByteSpan body);

  bool is_done() const { return stage_ == Stage::kDone; }
  // REQUIRES: is_done().
  const PeerHello& theirs() const { return theirs_; }

 private:
  enum class Stage : std::uint8_t { kHello, kAuth, kDone };

  Step OnHello(ByteSpan body);
  Step OnAuth(ByteSpan body);
  AuthHellos Hellos() const;

  const Side side_;
  const PeerHello own_;
  const std::string own_frame_;
  const ClusterKeys keys_;
  const MemberKey expected_;
  Stage stage_ = Stage::kHello;
  std::optional<HelloRefusal> refusal_;
  PeerHello theirs_;
  std::string their_frame_;  // as it came, for AUTH
};

}  // namespace vf
