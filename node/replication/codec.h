// Bytes of the data messages: one msgpack array a frame, `[type, request, fields...]`.
//
// Frames of one connection share the length prefix and the type numbers with the membership frames
// (types 1 to 15). Format and golden bytes: docs/peer-protocol.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "node/placement/cluster_view.h"
#include "node/placement/partition.h"
#include "node/replication/message.h"

namespace vf {

// Frame types. Wire values: append only; 20 and 21 were pages of a copy, and stay unused.
enum class FrameType : std::uint8_t {
  kStore = 16,
  kStoreReply = 17,
  kRead = 18,
  kReadReply = 19,
  kListNotice = 22,
  kNote = 23,
  kNoteReply = 24,
  kBehind = 25,
  kBehindReply = 26,
  kCompare = 27,
  kCompareReply = 28,
  kVersions = 29,
  kVersionsReply = 30,
  kFetch = 31,
  kFetchReply = 32,
  kGive = 33,
  kGiveReply = 34,
  kPull = 35,
  kPullReply = 36,
  kInSync = 37,
  kInSyncReply = 38,
};
inline constexpr FrameType kLastFrameType = FrameType::kInSyncReply;

// Wire limits, checked before anything is allocated. A process's --max-value-size may be below.
inline constexpr std::size_t kMaxValueBytes = std::size_t{1} << 30;
inline constexpr std::size_t kMaxListMembers = kMaxListRecords;
inline constexpr std::size_t kMaxRecords = 65'536;                  // of one message
inline constexpr std::size_t kMaxBehindMembers = 2 * kMaxReplicas;  // owners and joining owners
inline constexpr std::size_t kMaxBehindPartitions = 4'096;
inline constexpr std::size_t kMaxVersions = 65'536;  // of one page
inline constexpr std::size_t kMaxFetchKeys = 4'096;
inline constexpr std::size_t kMaxListedPartitions = PartitionCount(kMaxPartitionDigits);
inline constexpr std::size_t kMaxFrameBytes = kMaxValueBytes + (std::size_t{1} << 20);

// A message ready to be sent: `head`, then the value of `tail` if there is one. The value is the
// message's last element, so a large one goes out from where the store holds it.
struct OutgoingFrame {
  std::string head;  // 4 bytes of big-endian length (of all that follows), then msgpack
  RecordRef tail;
  std::size_t size() const { return head.size() + (tail ? tail.view().value.size() : 0); }
};

OutgoingFrame EncodeFrame(const PeerMessage& message);

// `body`: a whole frame without its length prefix. None if it is not exactly one valid message of a
// known type within the limits; the connection it came from cannot be trusted any more.
std::optional<PeerMessage> DecodeFrame(ByteSpan body);

}  // namespace vf
