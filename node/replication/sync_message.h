// What two copies of a partition say to each other to become equal (design: sync). The side that
// began asks, the other answers; messages of one pass follow one another.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/key_hash.h"
#include "node/replication/message_parts.h"
#include "node/store/bucket_digests.h"
#include "node/store/record.h"

namespace vf {

// Are our copies equal?
struct CompareRequest {
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  std::uint64_t digest = 0;
};

// How a request of a pass was met. Wire values: append only.
enum class SyncOutcome : std::uint8_t {
  kDone = 0,
  kOtherList = 1,   // nothing moves before both have the same list
  kNotStoring = 2,  // no storage member, or has not joined
  kNoSpace = 3,     // some of what was given finds no room
};

struct CompareReply {
  RequestId request = 0;
  SyncOutcome outcome = SyncOutcome::kDone;
  bool equal = false;
  BucketDigests buckets{};  // of the answering copy, unless equal
  OtherList list;
};

// Which records do you hold with a key hash in [from, to]?
struct VersionsRequest {
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

struct KeyVersion {
  std::string key;
  Version version;
  std::uint64_t hash = 0;  // RecordHash
};

struct VersionsReply {
  RequestId request = 0;
  SyncOutcome outcome = SyncOutcome::kDone;
  std::vector<KeyVersion> versions;  // in the order of key hashes, all in [from, next)
  std::uint64_t next = 0;            // where the next page begins
  bool last = false;                 // there is none: all up to `to` are here
  OtherList list;
};

// Give me your records of these keys.
struct FetchRequest {
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  std::vector<std::string> keys;
};

struct FetchReply {
  RequestId request = 0;
  SyncOutcome outcome = SyncOutcome::kDone;
  std::uint64_t answered = 0;  // the first so many keys; at least one
  std::vector<RecordRef> records;
  OtherList list;
};

// Keep these, unless you hold greater ones.
struct GiveRequest {
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  std::vector<RecordRef> records;
};

struct GiveReply {
  RequestId request = 0;
  SyncOutcome outcome = SyncOutcome::kDone;
  OtherList list;
};

using SyncRequest = std::variant<CompareRequest, VersionsRequest, FetchRequest, GiveRequest>;
using SyncReply = std::variant<CompareReply, VersionsReply, FetchReply, GiveReply>;

// The answer to a request is the alternative in its place.
template <typename Request>
using SyncAnswerOf =
    std::conditional_t<std::is_same_v<Request, CompareRequest>, CompareReply,
                       std::conditional_t<std::is_same_v<Request, VersionsRequest>, VersionsReply,
                                          std::conditional_t<std::is_same_v<Request, FetchRequest>,
                                                             FetchReply, GiveReply>>>;

}  // namespace vf
