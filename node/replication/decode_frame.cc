#include <utility>

#include "gossip/wire/member_record_codec.h"
#include "gossip/wire/msgpack_reader.h"
#include "node/placement/partition.h"
#include "node/replication/codec.h"
#include "node/replication/frame_layout.h"

namespace vf {
namespace {

constexpr std::size_t kMaxKey = 2048;

// No message nests deeper than fields, list of members or records, and none has text.
constexpr std::size_t kMaxElements = kMaxRecords * kRecordFields;
constexpr MsgpackLimits kLimits = {
    .elements = kMaxElements,
    // The fields of the largest message, its records, its members, and what newer releases append.
    .tokens = kMaxElements + kMaxListMembers + 64,
    .depth = 2,
    .text_bytes = 0};

std::string_view ReadKey(MsgpackReader& in) {
  const std::string_view key = AsText(in.Bin());
  in.Require(!key.empty() && key.size() <= kMaxKey);
  return key;
}

RecordRef ReadRecord(MsgpackReader& in) {
  RecordView view;
  view.key = ReadKey(in);
  view.version.value = in.Number<std::uint64_t>();
  view.tombstone = in.Flag();
  view.expiry_ms = in.Number<std::uint64_t>();
  view.value = AsText(in.Bin());
  in.Require(view.value.size() <= kMaxValueBytes && !(view.tombstone && !view.value.empty()));
  return in.ok() ? RecordRef::Make(view) : RecordRef();
}

// The fields of all records follow one another in one array.
std::vector<RecordRef> ReadRecords(MsgpackReader& in) {
  MsgpackReader fields = in.Array();
  fields.Require(fields.left() % kRecordFields == 0);
  std::vector<RecordRef> records;
  records.reserve(fields.left() / kRecordFields);
  while (fields.left() > 0) records.push_back(ReadRecord(fields));
  in.Require(fields.ok());
  return records;
}

std::vector<MemberRecord> ReadMembers(MsgpackReader& in) {
  MsgpackReader list = in.Array();
  list.Require(list.left() <= kMaxListMembers);
  std::vector<MemberRecord> members;
  while (list.left() > 0) {
    std::optional<MemberRecord> member = DecodeMemberRecord(list.Bin());
    list.Require(member.has_value());
    if (member) members.push_back(*std::move(member));
  }
  in.Require(list.ok());
  return members;
}

OtherList ReadList(MsgpackReader& in) {
  OtherList list;
  list.hash = in.Number<std::uint64_t>();
  list.members = ReadMembers(in);
  return list;
}

Partition ReadPartition(MsgpackReader& in) {
  return static_cast<Partition>(in.Bounded(PartitionCount(kMaxPartitionDigits) - 1));
}

// The order of these statements is the order of the fields.
StoreRequest ReadStore(MsgpackReader& in, RequestId request) {
  StoreRequest m;
  m.request = request;
  m.list_hash = in.Number<std::uint64_t>();
  m.frontend = in.Number<MemberKey>();
  m.record = ReadRecord(in);
  return m;
}

StoreReply ReadStoreReply(MsgpackReader& in, RequestId request) {
  StoreReply m;
  m.request = request;
  m.outcome = in.Value(StoreOutcome::kTied);
  m.winner.value = in.Number<std::uint64_t>();
  m.in_sync = in.Flag();
  m.list = ReadList(in);
  m.rival = in.Number<MemberKey>();
  return m;
}

ReadRequest ReadRead(MsgpackReader& in, RequestId request) {
  ReadRequest m;
  m.request = request;
  m.list_hash = in.Number<std::uint64_t>();
  m.key = ReadKey(in);
  return m;
}

ReadReply ReadReadReply(MsgpackReader& in, RequestId request) {
  ReadReply m;
  m.request = request;
  m.outcome = in.Value(ReadOutcome::kNotStoring);
  m.list = ReadList(in);
  if (in.Flag()) m.record = ReadRecord(in);
  return m;
}

ListNotice ReadListNotice(MsgpackReader& in) { return {ReadMembers(in)}; }

NoteRequest ReadNote(MsgpackReader& in, RequestId request) {
  NoteRequest m;
  m.request = request;
  m.list_hash = in.Number<std::uint64_t>();
  m.partition = ReadPartition(in);
  MsgpackReader members = in.Array();
  members.Require(members.left() <= kMaxBehindMembers);
  while (members.left() > 0) m.behind.push_back(members.Number<MemberKey>());
  in.Require(members.ok());
  return m;
}

NoteReply ReadNoteReply(MsgpackReader& in, RequestId request) {
  NoteReply m;
  m.request = request;
  m.outcome = in.Value(NoteOutcome::kNotStoring);
  m.list = ReadList(in);
  return m;
}

BehindRequest ReadBehind(MsgpackReader& in, RequestId request) {
  BehindRequest m;
  m.request = request;
  m.holder = in.Number<MemberKey>();
  MsgpackReader partitions = in.Array();
  partitions.Require(partitions.left() <= kMaxBehindPartitions);
  while (partitions.left() > 0) m.partitions.push_back(ReadPartition(partitions));
  in.Require(partitions.ok());
  return m;
}

CompareRequest ReadCompare(MsgpackReader& in, RequestId request) {
  CompareRequest m;
  m.request = request;
  m.list_hash = in.Number<std::uint64_t>();
  m.partition = ReadPartition(in);
  m.digest = in.Number<std::uint64_t>();
  m.wall.ms = in.Number<std::uint64_t>();
  return m;
}

CompareReply ReadCompareReply(MsgpackReader& in, RequestId request) {
  CompareReply m;
  m.request = request;
  m.outcome = in.Value(SyncOutcome::kNoSpace);
  m.equal = in.Flag();
  m.list = ReadList(in);
  const ByteSpan bytes = in.Bin();
  const bool with_buckets = m.outcome == SyncOutcome::kDone && !m.equal;
  in.Require(bytes.size() == (with_buckets ? kBucketBytes : 0));
  m.wall.ms = in.Number<std::uint64_t>();
  m.in_sync = in.Flag();
  m.serves_clients = in.Flag();
  if (!in.ok() || !with_buckets) return m;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    m.buckets[i] = LoadBigEndian<std::uint64_t>(bytes.data() + 8 * i);
  }
  return m;
}

template <typename Request>
Request ReadBucketsRequest(MsgpackReader& in, RequestId request) {
  Request m;
  m.request = request;
  m.list_hash = in.Number<std::uint64_t>();
  m.partition = ReadPartition(in);
  const ByteSpan bytes = in.Bin();
  m.from = in.Number<std::uint64_t>();
  m.wall.ms = in.Number<std::uint64_t>();
  in.Require(bytes.size() == kBucketSetBytes);
  if (!in.ok()) return m;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const std::byte bit = bytes[bucket / 8] >> (bucket % 8);
    m.buckets.set(bucket, (bit & std::byte{1}) != std::byte{0});
  }
  return m;
}

VersionsReply ReadVersionsReply(MsgpackReader& in, RequestId request) {
  VersionsReply m;
  m.request = request;
  m.outcome = in.Value(SyncOutcome::kNoSpace);
  m.next = in.Number<std::uint64_t>();
  m.last = in.Flag();
  m.list = ReadList(in);
  MsgpackReader fields = in.Array();
  fields.Require(fields.left() % kVersionFields == 0 &&
                 fields.left() <= kMaxVersions * kVersionFields);
  m.versions.reserve(fields.left() / kVersionFields);
  while (fields.left() > 0) {
    KeyVersion one;
    one.key = ReadKey(fields);
    one.version.value = fields.Number<std::uint64_t>();
    one.hash = fields.Number<std::uint64_t>();
    m.versions.push_back(std::move(one));
  }
  in.Require(fields.ok());
  m.serves_clients = in.Flag();
  return m;
}

FetchRequest ReadFetch(MsgpackReader& in, RequestId request) {
  FetchRequest m;
  m.request = request;
  m.list_hash = in.Number<std::uint64_t>();
  m.partition = ReadPartition(in);
  MsgpackReader keys = in.Array();
  keys.Require(keys.left() <= kMaxFetchKeys);
  while (keys.left() > 0) m.keys.emplace_back(ReadKey(keys));
  in.Require(keys.ok());
  return m;
}

FetchReply ReadFetchReply(MsgpackReader& in, RequestId request) {
  FetchReply m;
  m.request = request;
  m.outcome = in.Value(SyncOutcome::kNoSpace);
  m.answered = in.Number<std::uint64_t>();
  m.list = ReadList(in);
  m.records = ReadRecords(in);
  m.serves_clients = in.Flag();
  return m;
}

GiveRequest ReadGive(MsgpackReader& in, RequestId request) {
  GiveRequest m;
  m.request = request;
  m.list_hash = in.Number<std::uint64_t>();
  m.partition = ReadPartition(in);
  m.records = ReadRecords(in);
  return m;
}

GiveReply ReadGiveReply(MsgpackReader& in, RequestId request) {
  GiveReply m;
  m.request = request;
  m.outcome = in.Value(SyncOutcome::kNoSpace);
  m.list = ReadList(in);
  m.tombstones = ReadRecords(in);
  m.serves_clients = in.Flag();
  return m;
}

PullReply ReadPullReply(MsgpackReader& in, RequestId request) {
  PullReply m;
  m.request = request;
  m.outcome = in.Value(SyncOutcome::kNoSpace);
  m.next = in.Number<std::uint64_t>();
  m.last = in.Flag();
  m.list = ReadList(in);
  m.records = ReadRecords(in);
  m.serves_clients = in.Flag();
  return m;
}

InSyncRequest ReadInSync(MsgpackReader& in, RequestId request) {
  InSyncRequest m;
  m.request = request;
  MsgpackReader fields = in.Array();
  fields.Require(fields.left() % kListedFields == 0 &&
                 fields.left() <= kMaxListedPartitions * kListedFields);
  m.partitions.reserve(fields.left() / kListedFields);
  while (fields.left() > 0) {
    const Partition partition = ReadPartition(fields);
    m.partitions.push_back({partition, fields.Number<std::uint64_t>()});
  }
  in.Require(fields.ok());
  return m;
}

InSyncReply ReadInSyncReply(MsgpackReader& in, RequestId request) {
  InSyncReply m;
  m.request = request;
  const auto count = static_cast<std::size_t>(in.Bounded(kMaxListedPartitions));
  const ByteSpan bits = in.Bin();
  m.partition = ReadPartition(in);
  m.list = ReadList(in);
  in.Require(bits.size() == (count + 7) / 8);
  if (!in.ok()) return m;
  m.in_sync.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    m.in_sync[i] = ((bits[i / 8] >> (i % 8)) & std::byte{1}) != std::byte{0};
  }
  return m;
}

}  // namespace

std::optional<PeerMessage> DecodeFrame(ByteSpan body) {
  const MsgpackTokens tokens = ParseMsgpack(body, kLimits);
  MsgpackReader in(tokens);
  const auto type = static_cast<FrameType>(in.Number<std::uint8_t>());
  const auto request = in.Number<RequestId>();
  std::optional<PeerMessage> message;
  switch (type) {
    case FrameType::kStore:
      message = ReadStore(in, request);
      break;
    case FrameType::kStoreReply:
      message = ReadStoreReply(in, request);
      break;
    case FrameType::kRead:
      message = ReadRead(in, request);
      break;
    case FrameType::kReadReply:
      message = ReadReadReply(in, request);
      break;
    case FrameType::kListNotice:
      message = ReadListNotice(in);
      break;
    case FrameType::kNote:
      message = ReadNote(in, request);
      break;
    case FrameType::kNoteReply:
      message = ReadNoteReply(in, request);
      break;
    case FrameType::kBehind:
      message = ReadBehind(in, request);
      break;
    case FrameType::kBehindReply:
      message = BehindReply{request};
      break;
    case FrameType::kCompare:
      message = ReadCompare(in, request);
      break;
    case FrameType::kCompareReply:
      message = ReadCompareReply(in, request);
      break;
    case FrameType::kVersions:
      message = ReadBucketsRequest<VersionsRequest>(in, request);
      break;
    case FrameType::kVersionsReply:
      message = ReadVersionsReply(in, request);
      break;
    case FrameType::kFetch:
      message = ReadFetch(in, request);
      break;
    case FrameType::kFetchReply:
      message = ReadFetchReply(in, request);
      break;
    case FrameType::kGive:
      message = ReadGive(in, request);
      break;
    case FrameType::kGiveReply:
      message = ReadGiveReply(in, request);
      break;
    case FrameType::kPull:
      message = ReadBucketsRequest<PullRequest>(in, request);
      break;
    case FrameType::kPullReply:
      message = ReadPullReply(in, request);
      break;
    case FrameType::kInSync:
      message = ReadInSync(in, request);
      break;
    case FrameType::kInSyncReply:
      message = ReadInSyncReply(in, request);
      break;
  }
  // Elements behind the known ones come from a newer release and are ignored.
  return in.ok() ? std::move(message) : std::nullopt;
}

}  // namespace vf
