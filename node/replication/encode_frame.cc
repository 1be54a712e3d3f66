#include <array>
#include <utility>

#include "base/check.h"
#include "gossip/wire/member_record_codec.h"
#include "gossip/wire/msgpack_writer.h"
#include "node/replication/codec.h"
#include "node/replication/frame_layout.h"
#include "node/replication/sync_limits.h"

namespace vf {
namespace {

// A value up to this size is copied into the head: cheaper than a second piece for the socket.
constexpr std::size_t kMaxInlineValue = 4096;
constexpr std::uint64_t kTombstoneFlag = 1;

static_assert(SyncLimits{}.batch_records <= kMaxFetchKeys);

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
  return FrameWriter(FrameType::kStore, m.request, 2 + kRecordFields)
      .Number(m.list_hash)
      .Number(m.frontend)
      .LastRecord(m.record)
      .Take();
}

OutgoingFrame Encode(const StoreReply& m) {
  return FrameWriter(FrameType::kStoreReply, m.request, 6)
      .Value(m.outcome)
      .Number(m.winner.value)
      .Flag(m.in_sync)
      .List(m.list)
      .Number(m.rival)
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
  return FrameWriter(FrameType::kCompare, m.request, 4)
      .Number(m.list_hash)
      .Number(m.partition)
      .Number(m.digest)
      .Number(m.wall.ms)
      .Take();
}

OutgoingFrame Encode(const CompareReply& m) {
  FrameWriter writer(FrameType::kCompareReply, m.request, 8);
  writer.Value(m.outcome).Flag(m.equal).List(m.list);
  std::array<std::byte, kBucketBytes> bytes;
  for (std::size_t i = 0; i < kBuckets; ++i) StoreBigEndian(bytes.data() + 8 * i, m.buckets[i]);
  const bool with_buckets = m.outcome == SyncOutcome::kDone && !m.equal;
  writer.Bin(ByteSpan(bytes).first(with_buckets ? kBucketBytes : 0));
  return writer.Number(m.wall.ms).Flag(m.in_sync).Flag(m.serves_clients).Take();
}

// VERSIONS and PULL have the same fields.
template <typename Reply>
OutgoingFrame EncodeBucketsRequest(FrameType type, const BucketsRequest<Reply>& m) {
  std::array<std::byte, kBucketSetBytes> bytes{};
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    if (m.buckets.test(bucket)) bytes[bucket / 8] |= std::byte{1} << (bucket % 8);
  }
  return FrameWriter(type, m.request, 5)
      .Number(m.list_hash)
      .Number(m.partition)
      .Bin(bytes)
      .Number(m.from)
      .Number(m.wall.ms)
      .Take();
}

OutgoingFrame Encode(const VersionsRequest& m) {
  return EncodeBucketsRequest(FrameType::kVersions, m);
}

OutgoingFrame Encode(const VersionsReply& m) {
  FrameWriter writer(FrameType::kVersionsReply, m.request, 7);
  writer.Value(m.outcome).Number(m.next).Flag(m.last).List(m.list);
  writer.Array(m.versions.size() * kVersionFields);
  for (const KeyVersion& one : m.versions) {
    writer.Bin(AsBytes(one.key)).Number(one.version.value).Number(one.hash);
  }
  return writer.Flag(m.serves_clients).Take();
}

OutgoingFrame Encode(const FetchRequest& m) {
  FrameWriter writer(FrameType::kFetch, m.request, 3);
  writer.Number(m.list_hash).Number(m.partition).Array(m.keys.size());
  for (const std::string& key : m.keys) writer.Bin(AsBytes(key));
  return writer.Take();
}

OutgoingFrame Encode(const FetchReply& m) {
  FrameWriter writer(FrameType::kFetchReply, m.request, 6);
  writer.Value(m.outcome).Number(m.answered).List(m.list).Records(m.records);
  return writer.Flag(m.serves_clients).Take();
}

OutgoingFrame Encode(const GiveRequest& m) {
  FrameWriter writer(FrameType::kGive, m.request, 3);
  return writer.Number(m.list_hash).Number(m.partition).Records(m.records).Take();
}

OutgoingFrame Encode(const GiveReply& m) {
  FrameWriter writer(FrameType::kGiveReply, m.request, 5);
  writer.Value(m.outcome).List(m.list).Records(m.tombstones);
  return writer.Flag(m.serves_clients).Take();
}

OutgoingFrame Encode(const PullRequest& m) { return EncodeBucketsRequest(FrameType::kPull, m); }

OutgoingFrame Encode(const PullReply& m) {
  FrameWriter writer(FrameType::kPullReply, m.request, 7);
  writer.Value(m.outcome).Number(m.next).Flag(m.last);
  return writer.List(m.list).Records(m.records).Flag(m.serves_clients).Take();
}

OutgoingFrame Encode(const InSyncRequest& m) {
  FrameWriter writer(FrameType::kInSync, m.request, 1);
  writer.Array(m.partitions.size() * kListedFields);
  for (const ListedPartition& one : m.partitions) {
    writer.Number(one.partition).Number(one.list_hash);
  }
  return writer.Take();
}

OutgoingFrame Encode(const InSyncReply& m) {
  std::vector<std::byte> bits((m.in_sync.size() + 7) / 8);
  for (std::size_t i = 0; i < m.in_sync.size(); ++i) {
    if (m.in_sync[i]) bits[i / 8] |= std::byte{1} << (i % 8);
  }
  return FrameWriter(FrameType::kInSyncReply, m.request, 5)
      .Number(m.in_sync.size())
      .Bin(bits)
      .Number(m.partition)
      .List(m.list)
      .Take();
}

}  // namespace

OutgoingFrame EncodeFrame(const PeerMessage& message) {
  return std::visit([](const auto& m) { return Encode(m); }, message);
}

}  // namespace vf
