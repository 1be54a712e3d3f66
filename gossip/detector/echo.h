// The ping over TCP: what a Swim wishes for when a member does not answer datagrams, and what its
// shell brings back. Values only; the bytes are docs/gossip-protocol.md's, the streams gossip/tcp/.
//
// An accepted connection proves nothing, since a proxy accepts for everybody: only an answer that
// names key and boot proves life. Like a ping, an echo tells its target what is believed of it, so
// that one whose datagrams are blocked can refute.
#pragma once

#include <cstdint>

#include "base/endpoint.h"
#include "base/time.h"
#include "gossip/types.h"

namespace vf {

// "Connect there and ask who it is." The outcome goes to Swim::OnEcho() under the same number, once
// or never; after `until` nobody waits for it.
struct EchoWish {
  std::uint32_t seq = 0;
  Endpoint to;
  MemberKey target = kNoMember;
  std::uint64_t boot = 0;
  TimePoint until;
  // What we believe of the target.
  MemberState status = MemberState::kAlive;
  std::uint32_t incarnation = 0;
};

struct EchoResult {
  enum class Outcome : std::uint8_t {
    kAnswered,  // by whom the rest says, whoever was meant
    kRefused,   // a reset: nothing listens there
    kFailed,    // anything else: unreachable, out of time, too many under way
  };
  Outcome outcome = Outcome::kFailed;
  MemberKey key = kNoMember;
  std::uint64_t boot = 0;
  std::uint32_t incarnation = 0;
};

// An echo that arrived here: whom it means, and what its sender believes of that one.
struct EchoQuestion {
  MemberKey target = kNoMember;
  std::uint64_t boot = 0;
  MemberState status = MemberState::kAlive;
  std::uint32_t incarnation = 0;
};

// Who is here: the answer to every echo.
struct EchoAnswer {
  MemberKey key = kNoMember;
  std::uint64_t boot = 0;
  std::uint32_t incarnation = 0;
};

}  // namespace vf
