// The data messages of the peer protocol: what processes ask each other about records.
//
// Every request about one partition carries the hash of its list (owners and joining owners) that
// its sender works with. A receiver with another list does the work all the same, but for passes,
// which move nothing then, and answers with its own list: its hash and the member records behind
// it. Both sides then merge what they know.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/key_hash.h"
#include "gossip/types.h"
#include "node/replication/message_parts.h"
#include "node/replication/sync_message.h"
#include "node/store/record.h"

namespace vf {

// Keep this record, unless a greater one is there.
struct StoreRequest {
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  RecordRef record;
  MemberKey frontend = kNoMember;  // that a client gave it to; kNoMember: somebody repairs
};

// Wire values: append only.
enum class StoreOutcome : std::uint8_t {
  kStored = 0,      // it is here, or an equal one
  kSuperseded = 1,  // a greater record is here: `winner` is its version
  kNoSpace = 2,     // the receiver's memory is full
  kNotStoring = 3,  // the receiver is no storage member, or has not joined
  kTied = 4,        // it is here, in place of another one of the same version, `winner`
};

struct StoreReply {
  RequestId request = 0;
  StoreOutcome outcome = StoreOutcome::kStored;
  Version winner;
  bool in_sync = false;  // the receiver is an owner whose copy was in sync when it stored
  OtherList list;
  MemberKey rival =
      kNoMember;  // with kSuperseded: the frontend of that record, if it is remembered
};

// Give me the record of this key.
struct ReadRequest {
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  std::string key;
};

// Wire values: append only.
enum class ReadOutcome : std::uint8_t {
  kInSync = 0,      // the receiver owns the partition and its copy is complete
  kNotInSync = 1,   // this is what it has, but it may lack newer records
  kNotStoring = 2,  // no storage member, or has not joined
};

struct ReadReply {
  RequestId request = 0;
  ReadOutcome outcome = ReadOutcome::kInSync;
  RecordRef record;  // none: never seen here
  OtherList list;
};

// Members that the receiver lacked when its list was compared. Needs no answer.
struct ListNotice {
  std::vector<MemberRecord> members;
  bool operator==(const ListNotice&) const = default;
};

// These members lack a write of this partition that the receiver has: tell them until they know.
struct NoteRequest {
  RequestId request = 0;
  std::uint64_t list_hash = 0;
  Partition partition = 0;
  std::vector<MemberKey> behind;
  bool operator==(const NoteRequest&) const = default;
};

// Wire values: append only.
enum class NoteOutcome : std::uint8_t {
  kNoted = 0,
  kNotStoring = 1,  // no storage member, or has not joined
};

struct NoteReply {
  RequestId request = 0;
  NoteOutcome outcome = NoteOutcome::kNoted;
  OtherList list;
};

// The receiver's copies of these partitions lack a write: they are not in sync any more.
struct BehindRequest {
  RequestId request = 0;
  MemberKey holder = kNoMember;  // somebody who has it
  std::vector<Partition> partitions;
  bool operator==(const BehindRequest&) const = default;
};

// It knows: from before this answer on, its copies do not answer alone until they have compared
// themselves with the others.
struct BehindReply {
  RequestId request = 0;
  bool operator==(const BehindReply&) const = default;
};

// A partition, and the hash of its list.
struct ListedPartition {
  Partition partition = 0;
  std::uint64_t list_hash = 0;
  bool operator==(const ListedPartition&) const = default;
};

// Which of these partitions do you own, by these lists, with copies that are in sync now?
struct InSyncRequest {
  RequestId request = 0;
  std::vector<ListedPartition> partitions;
  bool operator==(const InSyncRequest&) const = default;
};

struct InSyncReply {
  RequestId request = 0;
  std::vector<bool> in_sync;  // as many as were asked about, in their order
  Partition partition = 0;    // the first of them with another list here, if there is one
  OtherList list;             // of that one
};

using PeerRequest =
    std::variant<StoreRequest, ReadRequest, ListNotice, NoteRequest, BehindRequest, CompareRequest,
                 VersionsRequest, FetchRequest, GiveRequest, PullRequest, InSyncRequest>;
using PeerReply = std::variant<StoreReply, ReadReply, NoteReply, BehindReply, CompareReply,
                               VersionsReply, FetchReply, GiveReply, PullReply, InSyncReply>;
using PeerMessage =
    std::variant<StoreRequest, StoreReply, ReadRequest, ReadReply, ListNotice, NoteRequest,
                 NoteReply, BehindRequest, BehindReply, CompareRequest, CompareReply,
                 VersionsRequest, VersionsReply, FetchRequest, FetchReply, GiveRequest, GiveReply,
                 PullRequest, PullReply, InSyncRequest, InSyncReply>;

}  // namespace vf
