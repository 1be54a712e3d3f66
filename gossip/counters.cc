#include "gossip/counters.h"

namespace vf {

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
