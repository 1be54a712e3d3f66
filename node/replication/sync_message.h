// What two copies of a partition say to each other to become equal (design: sync). The side that
// began asks, the other answers; messages of one pass follow one another.
//
// Both judge by one time which tombstones are forgotten (pass_time.h): the first question proposes
// one, its answer names that or an earlier one, and later questions repeat it.
//
// Every answer says whether its sender serves clients: then whoever asks does so less often
// (pass_pace.h).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/key_hash.h"
#include "base/time.h"
#include "node/replication/message_parts.h"
#include "node/store/bucket_digests.h"
#include "node/store/record.h"

namespace vf {

struct CompareReply;
struct VersionsReply;
struct FetchReply;
struct GiveReply;
struct PullReply;

// Are our copies equal?
struct CompareRequest {
  using Answer = CompareReply;
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  std::uint64_t digest = 0;  // at `wall`
  WallTime wall{};           // see PassTime()
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
  BucketDigests buckets{};  // of the answering copy at `wall`, unless equal
  OtherList list;
  WallTime wall{};  // what the pass is judged by; not later than asked
  // An owner that was in sync before it looked: it has all that is acknowledged.
  bool in_sync = false;
  bool serves_clients = false;
};

// About the records in some buckets, from this key hash on.
template <typename Reply>
struct BucketsRequest {
  using Answer = Reply;
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  BucketSet buckets;
  std::uint64_t from = 0;
  WallTime wall{};
};

// Which do you hold, but forgotten tombstones?
using VersionsRequest = BucketsRequest<VersionsReply>;
// Give me all of them, but forgotten tombstones: I hold nothing else there.
using PullRequest = BucketsRequest<PullReply>;

struct KeyVersion {
  std::string key;
  Version version;
  std::uint64_t hash = 0;  // RecordHash
};

struct VersionsReply {
  RequestId request = 0;
  SyncOutcome outcome = SyncOutcome::kDone;
  std::vector<KeyVersion> versions;  // in the order of ScanOrder(), all below `next`
  std::uint64_t next = 0;            // where the next page begins
  bool last = false;                 // there is none
  OtherList list;
  bool serves_clients = false;
};

// Give me your records of these keys.
struct FetchRequest {
  using Answer = FetchReply;
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
  bool serves_clients = false;
};

// Keep these, unless you hold greater ones. Tombstones among those greater ones come back: the
// asker may have forgotten them, or they here.
struct GiveRequest {
  using Answer = GiveReply;
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  std::vector<RecordRef> records;
};

struct GiveReply {
  RequestId request = 0;
  SyncOutcome outcome = SyncOutcome::kDone;
  OtherList list;
  std::vector<RecordRef> tombstones{};
  bool serves_clients = false;
};

struct PullReply {
  RequestId request = 0;
  SyncOutcome outcome = SyncOutcome::kDone;
  std::vector<RecordRef> records;  // in the order of ScanOrder(), all below `next`
  std::uint64_t next = 0;          // where the next page begins
  bool last = false;               // there is none
  OtherList list;
  bool serves_clients = false;
};

// The answer to a request is the alternative in its place.
using SyncRequest =
    std::variant<CompareRequest, VersionsRequest, FetchRequest, GiveRequest, PullRequest>;
using SyncReply = std::variant<CompareReply, VersionsReply, FetchReply, GiveReply, PullReply>;

}  // namespace vf
