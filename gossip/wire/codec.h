// Datagrams: bytes <-> packets. docs/gossip-protocol.md is the description; the golden bytes in
// tests/gossip/wire/testdata hold it.
//
//   "VF", version u8, flags u8, checksum u32 big-endian (XXH32 of what follows), msgpack array
//
// With a cluster key, gossip/seal/datagram_seal.h signs them; the codec knows unsigned ones only.
//
// Threads: any. Limits are checked before anything is allocated; nothing here throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "gossip/config.h"
#include "gossip/counters.h"
#include "gossip/wire/message.h"

namespace vf {

inline constexpr std::size_t kDatagramPrefixBytes = 8;
inline constexpr std::uint8_t kFormatVersion = 1;
inline constexpr std::uint8_t kFlagAuthenticated =
    1;                                              // it has a seal (gossip/seal/datagram_seal.h)
inline constexpr std::uint8_t kFlagCompressed = 2;  // reserved; 0 in version 1
inline constexpr std::uint8_t kFlagHeal = 4;
inline constexpr std::size_t kMaxMessages = 255;    // a packet; and elements of any array
inline constexpr std::size_t kMaxNesting = 5;       // packet, messages, message, list, record
inline constexpr std::size_t kDigestBuckets = 128;  // in one DIGEST: both bins fit a datagram

// A whole packet or why there is none. Unknown message types are skipped, unknown trailing
// elements ignored. The cluster hash is not judged here.
std::variant<Packet, DropReason> DecodePacket(ByteSpan datagram);

// The bytes of one update, as it stands in a BATCH: made once, sent many times.
std::vector<std::byte> EncodeUpdate(const Update& update);

// Fills one datagram. Invariant: never more than `max_bytes`.
class DatagramBuilder {
 public:
  // REQUIRES: max_bytes <= kMaxDatagramBytes.
  explicit DatagramBuilder(const PacketHeader& header, bool heal = false,
                           std::size_t max_bytes = kMaxDatagramBytes);

  // False, and nothing added, if it does not fit.
  bool Add(const Message& message);
  // Updates share one BATCH at the end.
  bool AddUpdate(ByteSpan encoded_update);

  bool empty() const { return messages_ == 0 && updates_ == 0; }
  // What it is counted as (counters.h).
  std::size_t kind() const { return messages_ == 0 && updates_ > 0 ? kBatchKind : kind_; }
  std::vector<std::byte> Finish() const;
  // The same, and nothing can be added any more.
  std::vector<std::byte> Take();

 private:
  static constexpr std::size_t kBatchKind = kPacketKinds - 2;

  // With further bytes of updates, all heads at their longest.
  std::size_t BytesWith(std::size_t update_bytes) const;

  std::size_t max_bytes_;
  // Prefix, header fields, one byte for the head of the array of messages, messages.
  std::vector<std::byte> bytes_;
  std::size_t messages_at_ = 0;  // that byte
  std::vector<std::byte> update_bytes_;
  std::size_t messages_ = 0;
  std::size_t updates_ = 0;
  std::size_t kind_ = kPacketKinds - 1;  // of the first message; none yet
};

// Everything of `packet` in one datagram. REQUIRES: it fits.
std::vector<std::byte> EncodePacket(const Packet& packet);

}  // namespace vf
