#include "gossip/counters.h"

#include <algorithm>
#include <iterator>
#include <variant>

#include "gossip/wire/message.h"

namespace vf {

namespace {

constexpr const char* kPacketKindNames[] = {
    "ping", "ack",     "ping_req", "nack",   "not_me",   "alive",  "suspect", "dead", "left",
    "join", "join_ok", "join_no",  "digest", "exchange", "report", "batch",   "none"};
static_assert(std::size(kPacketKindNames) == kPacketKinds);
static_assert(std::variant_size_v<Message> + 1 == kPacketKinds);

}  // namespace

const char* PacketKindName(std::size_t kind) {
  return kind < kPacketKinds ? kPacketKindNames[kind] : "none";
}

void RoundTripCounts::Add(Duration round_trip) {
  const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), round_trip);
  ++counts[static_cast<std::size_t>(bound - kBounds.begin())];
  sum += round_trip;
}

const char* DropReasonName(DropReason reason) {
  switch (reason) {
    case DropReason::kSize:
      return "size";
    case DropReason::kMagic:
      return "magic";
    case DropReason::kVersion:
      return "version";
    case DropReason::kFlags:
      return "flags";
    case DropReason::kSigned:
      return "signed";
    case DropReason::kUnsigned:
      return "unsigned";
    case DropReason::kBadTag:
      return "bad_tag";
    case DropReason::kReplay:
      return "replay";
    case DropReason::kChecksum:
      return "checksum";
    case DropReason::kDecode:
      return "decode";
    case DropReason::kForeignCluster:
      return "foreign_cluster";
    case DropReason::kOldBoot:
      return "old_boot";
    case DropReason::kOwnKey:
      return "own_key";
    case DropReason::kUnknownSender:
      return "unknown_sender";
    case DropReason::kInvalidRecord:
      return "invalid_record";
    case DropReason::kTableFull:
      return "table_full";
    case DropReason::kOverload:
      return "overload";
    case DropReason::kSettings:
      return "settings";
    case DropReason::kOtherFoundation:
      return "other_foundation";
  }
  return "unknown";
}

}  // namespace vf
