// What members say to each other on connections of their own, as values. docs/peer-protocol.md
// shows the bytes.
//
// Fields stand in the order of the wire; type numbers are append-only, new fields go to the end.
#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "gossip/types.h"
#include "gossip/wire/message.h"

namespace vf {

// "Are you there, and are you the one?" A ping over TCP. As a ping it says what its sender believes
// of the target.
struct Echo {
  std::uint64_t nonce = 0;
  MemberKey key = kNoMember;  // of the member that is meant
  std::uint64_t boot = 0;
  MemberState status = MemberState::kAlive;
  std::uint32_t incarnation = 0;
  bool operator==(const Echo&) const = default;
};

// "I am this one." Only this proves that a member lives: who merely accepts may be a proxy.
struct EchoOk {
  std::uint64_t nonce = 0;    // that of the question
  MemberKey key = kNoMember;  // of whoever answers
  std::uint64_t boot = 0;
  std::uint32_t incarnation = 0;
  bool operator==(const EchoOk&) const = default;
};

// "Tell me whom you know where we differ." None: tell me everybody.
struct ExchangeDigests {
  std::vector<std::uint64_t> digests;  // kViewBuckets bucket hashes, or none
  bool operator==(const ExchangeDigests&) const = default;
};

// A PART is an Exchange: the records of a bucket, or some of them.

// Behind the last PART.
struct ExchangeEnd {
  std::uint64_t view_hash = 0;  // of the sender's view
  std::uint32_t view_members = 0;
  std::vector<std::uint8_t> differing;  // the buckets that were told of, ascending
  bool operator==(const ExchangeEnd&) const = default;
};

// "Too many ask me; ask somebody else, or me later."
struct ExchangeBusy {
  std::uint32_t retry_ms = 0;
  bool operator==(const ExchangeBusy&) const = default;
};

// Wire values: append only.
enum class StreamFrameType : std::uint8_t {
  kEcho = 3,
  kEchoOk = 4,
  kExchange = 5,
  kPart = 6,
  kEnd = 7,
  kBusy = 8,
};

// In the order of their types.
using StreamMessage =
    std::variant<Echo, EchoOk, ExchangeDigests, Exchange, ExchangeEnd, ExchangeBusy>;

struct StreamFrame {
  std::uint64_t request = 0;  // the asker's number; answers repeat it
  StreamMessage message;
  bool operator==(const StreamFrame&) const = default;
};

}  // namespace vf
