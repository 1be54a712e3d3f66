// Signatures of datagrams: between the codec and the socket.
//
//   "VF", version, flags with kFlagAuthenticated, checksum, msgpack array,
//   key_id u8, counter u64 big-endian, tag 16 bytes
//
// The tag is HMAC-SHA-256 over everything before it, cut to 16 bytes; the checksum covers the
// array, the key_id and the counter. The counter rises by one with each datagram of this process,
// to whomever it goes, and begins at 1: a process has a new boot number at each start, and the
// receiver keeps counters by member and boot. What a replayed datagram of a former boot can do is
// decided by the core, which applies nothing of it.
//
// Pure. Thread: one owner.
// Invariant: what Open() gives has the bytes that went into Seal() at somebody who has one of the
//            secrets, and has not been given before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/message_auth.h"
#include "gossip/counters.h"
#include "gossip/seal/cluster_keys.h"
#include "gossip/seal/replay_windows.h"
#include "gossip/wire/codec.h"

namespace vf {

inline constexpr std::size_t kSealTagBytes = 16;
inline constexpr std::size_t kSealBytes = 1 + 8 + kSealTagBytes;
// What is left of a datagram when it is to be sealed: SwimConfig::max_datagram_bytes.
inline constexpr std::size_t kMaxUnsealedBytes = kMaxDatagramBytes - kSealBytes;

// Datagrams that did not get past the seal, and bytes that the core does not see.
struct SealCounters {
  std::uint64_t dropped = 0;
  std::uint64_t dropped_bytes = 0;
  std::array<std::uint64_t, kDropReasons> drops{};  // by DropReason
  std::uint64_t seal_bytes_in = 0;                  // of seals, on datagrams that were opened
  std::uint64_t seal_bytes_out = 0;
};

class DatagramSeal {
 public:
  // Without keys, nothing is signed, and what is signed is dropped.
  explicit DatagramSeal(const ClusterKeys& keys);

  bool signs() const { return !keys_.empty(); }

  // Signs a datagram of DatagramBuilder, if there are keys.
  // REQUIRES: then, it has at most kMaxUnsealedBytes.
  void Seal(std::vector<std::byte>& datagram);

  // The datagram as it was before it was sealed, valid until the next call, or why it is dropped.
  // Anything may be in `datagram`. Reasons: kSigned without keys; with keys kUnsigned, kBadTag,
  // kReplay, and those of the codec that are seen on the way.
  std::variant<ByteSpan, DropReason> Open(ByteSpan datagram);

  const SealCounters& counters() const { return counters_; }

 private:
  struct Key {
    std::uint8_t id;
    MessageAuth auth;
  };

  std::variant<ByteSpan, DropReason> Verify(ByteSpan datagram);
  bool HasRightTag(ByteSpan datagram);

  std::vector<Key> keys_;
  std::uint64_t counter_ = 0;  // of the last datagram that was sealed
  ReplayWindows windows_;
  std::array<std::byte, kMaxDatagramBytes> opened_;
  SealCounters counters_;
};

// What a datagram says, whoever has signed it or not. Nothing of it may be believed: it is for
// telling an operator who is there and is not understood.
std::optional<Packet> ReadUnverified(ByteSpan datagram);

}  // namespace vf
