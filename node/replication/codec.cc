#include "node/replication/codec.h"

#include <array>
#include <utility>

#include "base/check.h"
#include "gossip/wire/member_record_codec.h"
#include "gossip/wire/msgpack_reader.h"
#include "gossip/wire/msgpack_writer.h"
#include "node/placement/partition.h"

namespace vf {
namespace {

constexpr std::size_t kMaxKey = 2048;
// A value up to this size is copied into the head: cheaper than a second piece for the socket.
constexpr std::size_t kMaxInlineValue = 4096;
constexpr std::uint64_t kTombstoneFlag = 1;
// A record is five elements: key, version, flags, expiry, value.
constexpr std::size_t kRecordFields = 5;
// An entry of a version list is three: key, version, hash of the record.
constexpr std::size_t kVersionFields = 3;
constexpr std::size_t kBucketBytes = kBuckets * sizeof(std::uint64_t);
constexpr std::size_t kBucketSetBytes = kBuckets / 8;

// --- Encoding ---

class FrameWriter {
 public:
  FrameWriter(FrameType type, RequestId request, std::size_t fields) : out_(frame_.head) {
    frame_.head.assign(4, '\0');  // The length, known at the end.
    out_.Array(2 + fields);
    out_.Value(type);
    out_.Number(request);
  }

  FrameWriter& Number(std::uint64_t value) {
    out_.Number(value);
    return *this;
  }
  template <typename Enum>
  FrameWriter& Value(Enum value) {
    out_.Value(value);
    return *this;
  }
  FrameWriter& Flag(bool value) {
    out_.Flag(value);
    return *this;
  }
  FrameWriter& Bin(ByteSpan bytes) {
    out_.Bin(bytes);
    return *this;
  }
  FrameWriter& Array(std::size_t size) {
    out_.Array(size);
    return *this;
  }

  // kRecordFields fields, the value within the head.
  FrameWriter& Record(const RecordView& record) {
    return RecordHead(record).Bin(AsBytes(record.value));
  }

  FrameWriter& Records(const std::vector<RecordRef>& records) {
    Array(records.size() * kRecordFields);
    for (const RecordRef& record : records) Record(record.view());
    return *this;
  }

  // The same as the last fields of the message: a large value becomes the tail.
  FrameWriter& LastRecord(const RecordRef& record) {
    const RecordView view = record.view();
    if (view.value.size() <= kMaxInlineValue) return Record(view);
    RecordHead(view);
    out_.BinHead(view.value.size());
    frame_.tail = record;
    return *this;
  }

  FrameWriter& List(const OtherList& list) { return Number(list.hash).Members(list.members); }

  FrameWriter& Members(const std::vector<MemberRecord>& members) {
    Array(members.size());
    for (const MemberRecord& member : members) Bin(EncodeMemberRecord(member));
    return *this;
  }

  template <typename Integer>
  FrameWriter& Numbers(const std::vector<Integer>& values) {
    Array(values.size());
    for (const Integer value : values) Number(value);
    return *this;
  }

  OutgoingFrame Take() {
    const std::size_t length = frame_.size() - 4;
    VF_CHECK(length <= kMaxFrameBytes, "a message outgrows its frame");
    StoreBigEndian(reinterpret_cast<std::byte*>(frame_.head.data()),
                   static_cast<std::uint32_t>(length));
    return std::move(frame_);
  }

 private:
  FrameWriter& RecordHead(const RecordView& record) {
    Bin(AsBytes(record.key)).Number(record.version.value);
    return Number(record.tombstone ? kTombstoneFlag : 0).Number(record.expiry_ms);
  }

  OutgoingFrame frame_;
  MsgpackWriter<std::string> out_;
};

OutgoingFrame Encode(const StoreRequest& m) {
  return FrameWriter(FrameType::kStore, m.request, 1 + kRecordFields)
      .Number(m.list_hash)
      .LastRecord(m.record)
      .Take();
}

OutgoingFrame Encode(const StoreReply& m) {
  return FrameWriter(FrameType::kStoreReply, m.request, 5)
      .Value(m.outcome)
      .Number(m.winner.value)
      .Flag(m.in_sync)
      .List(m.list)
      .Take();
}

OutgoingFrame Encode(const ReadRequest& m) {
  return FrameWriter(FrameType::kRead, m.request, 2).Number(m.list_hash).Bin(AsBytes(m.key)).Take();
}

OutgoingFrame Encode(const ReadReply& m) {
  FrameWriter writer(FrameType::kReadReply, m.request, m.record ? 4 + kRecordFields : 4);
  writer.Value(m.outcome).List(m.list).Flag(static_cast<bool>(m.record));
  if (m.record) writer.LastRecord(m.record);
  return writer.Take();
}

OutgoingFrame Encode(const ListNotice& m) {
  return FrameWriter(FrameType::kListNotice, 0, 1).Members(m.members).Take();
}

OutgoingFrame Encode(const NoteRequest& m) {
  return FrameWriter(FrameType::kNote, m.request, 3)
      .Number(m.list_hash)
      .Number(m.partition)
      .Numbers(m.behind)
      .Take();
}

OutgoingFrame Encode(const NoteReply& m) {
  return FrameWriter(FrameType::kNoteReply, m.request, 3).Value(m.outcome).List(m.list).Take();
}

OutgoingFrame Encode(const BehindRequest& m) {
  return FrameWriter(FrameType::kBehind, m.request, 2)
      .Number(m.holder)
      .Numbers(m.partitions)
      .Take();
}

OutgoingFrame Encode(const BehindReply& m) {
  return FrameWriter(FrameType::kBehindReply, m.request, 0).Take();
}

OutgoingFrame Encode(const CompareRequest& m) {
  return FrameWriter(FrameType::kCompare, m.request, 3)
      .Number(m.list_hash)
      .Number(m.partition)
      .Number(m.digest)
      .Take();
}

OutgoingFrame Encode(const CompareReply& m) {
  FrameWriter writer(FrameType::kCompareReply, m.request, 5);
  writer.Value(m.outcome).Flag(m.equal).List(m.list);
  std::array<std::byte, kBucketBytes> bytes;
  for (std::size_t i = 0; i < kBuckets; ++i) StoreBigEndian(bytes.data() + 8 * i, m.buckets[i]);
  const bool with_buckets = m.outcome == SyncOutcome::kDone && !m.equal;
  return writer.Bin(ByteSpan(bytes).first(with_buckets ? kBucketBytes : 0)).Take();
}

// VERSIONS and PULL have the same fields.
template <typename Request>
OutgoingFrame EncodeBucketsRequest(FrameType type, const Request& m) {
  std::array<std::byte, kBucketSetBytes> bytes{};
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    if (m.buckets.test(bucket)) bytes[bucket / 8] |= std::byte{1} << (bucket % 8);
  }
  return FrameWriter(type, m.request, 4)
      .Number(m.list_hash)
      .Number(m.partition)
      .Bin(bytes)
      .Number(m.from)
      .Take();
}

OutgoingFrame Encode(const VersionsRequest& m) {
  return EncodeBucketsRequest(FrameType::kVersions, m);
}

OutgoingFrame Encode(const VersionsReply& m) {
  FrameWriter writer(FrameType::kVersionsReply, m.request, 6);
  writer.Value(m.outcome).Number(m.next).Flag(m.last).List(m.list);
  writer.Array(m.versions.size() * kVersionFields);
  for (const KeyVersion& one : m.versions) {
    writer.Bin(AsBytes(one.key)).Number(one.version.value).Number(one.hash);
  }
  return writer.Take();
}

OutgoingFrame Encode(const FetchRequest& m) {
  FrameWriter writer(FrameType::kFetch, m.request, 3);
  writer.Number(m.list_hash).Number(m.partition).Array(m.keys.size());
  for (const std::string& key : m.keys) writer.Bin(AsBytes(key));
  return writer.Take();
}

OutgoingFrame Encode(const FetchReply& m) {
  FrameWriter writer(FrameType::kFetchReply, m.request, 5);
  return writer.Value(m.outcome).Number(m.answered).List(m.list).Records(m.records).Take();
}

OutgoingFrame Encode(const GiveRequest& m) {
  FrameWriter writer(FrameType::kGive, m.request, 3);
  return writer.Number(m.list_hash).Number(m.partition).Records(m.records).Take();
}

OutgoingFrame Encode(const GiveReply& m) {
  return FrameWriter(FrameType::kGiveReply, m.request, 3).Value(m.outcome).List(m.list).Take();
}

OutgoingFrame Encode(const PullRequest& m) { return EncodeBucketsRequest(FrameType::kPull, m); }

OutgoingFrame Encode(const PullReply& m) {
  FrameWriter writer(FrameType::kPullReply, m.request, 6);
  writer.Value(m.outcome).Number(m.next).Flag(m.last);
  return writer.List(m.list).Records(m.records).Take();
}

// --- Decoding ---

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
  m.record = ReadRecord(in);
  return m;
}

StoreReply ReadStoreReply(MsgpackReader& in, RequestId request) {
  StoreReply m;
  m.request = request;
  m.outcome = in.Value(StoreOutcome::kNotStoring);
  m.winner.value = in.Number<std::uint64_t>();
  m.in_sync = in.Flag();
  m.list = ReadList(in);
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
  return m;
}

}  // namespace

OutgoingFrame EncodeFrame(const PeerMessage& message) {
  return std::visit([](const auto& m) { return Encode(m); }, message);
}

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
  }
  // Elements behind the known ones come from a newer release and are ignored.
  return in.ok() ? std::move(message) : std::nullopt;
}

}  // namespace vf
