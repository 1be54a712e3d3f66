#include "node/replication/codec.h"

#include <msgpack.hpp>
#include <utility>

#include "base/check.h"
#include "gossip/member_record_codec.h"
#include "node/placement/partition.h"

namespace vf {
namespace {

constexpr std::size_t kMaxKey = 2048;
// A value up to this size is copied into the head: cheaper than a second piece for the socket.
constexpr std::size_t kMaxInlineValue = 4096;
constexpr std::uint64_t kTombstoneFlag = 1;
// A record is five tokens in a page: key, version, flags, expiry, value.
constexpr std::size_t kRecordFields = 5;

// --- Encoding ---

// What msgpack's packer writes to.
struct StringSink {
  std::string& out;
  void write(const char* bytes, std::size_t size) { out.append(bytes, size); }
};

class FrameWriter {
 public:
  FrameWriter(FrameType type, RequestId request, std::uint32_t fields)
      : sink_{frame_.head}, packer_(sink_) {
    frame_.head.assign(4, '\0');  // The length, known at the end.
    packer_.pack_array(2 + fields);
    packer_.pack_uint8(static_cast<std::uint8_t>(type));
    packer_.pack_uint64(request);
  }

  FrameWriter& Number(std::uint64_t value) {
    packer_.pack_uint64(value);
    return *this;
  }

  FrameWriter& Bin(std::string_view bytes) {
    packer_.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer_.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
    return *this;
  }

  FrameWriter& Array(std::size_t size) {
    packer_.pack_array(static_cast<std::uint32_t>(size));
    return *this;
  }

  // kRecordFields fields, the value within the head.
  FrameWriter& Record(const RecordView& record) { return RecordHead(record).Bin(record.value); }

  // The same as the last fields of the message: a large value becomes the tail.
  FrameWriter& LastRecord(const RecordRef& record) {
    const RecordView view = record.view();
    if (view.value.size() <= kMaxInlineValue) return Record(view);
    RecordHead(view);
    packer_.pack_bin(static_cast<std::uint32_t>(view.value.size()));
    frame_.tail = record;
    return *this;
  }

  FrameWriter& List(const OtherList& list) { return Number(list.hash).Members(list.members); }

  FrameWriter& Members(const std::vector<MemberRecord>& members) {
    Array(members.size());
    for (const MemberRecord& member : members) Bin(AsText(EncodeMemberRecord(member)));
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
    Bin(record.key).Number(record.version.value);
    return Number(record.tombstone ? kTombstoneFlag : 0).Number(record.expiry_ms);
  }

  OutgoingFrame frame_;
  StringSink sink_;
  msgpack::packer<StringSink> packer_;
};

OutgoingFrame Encode(const StoreRequest& m) {
  return FrameWriter(FrameType::kStore, m.request, 1 + kRecordFields)
      .Number(m.list_hash)
      .LastRecord(m.record)
      .Take();
}

OutgoingFrame Encode(const StoreReply& m) {
  return FrameWriter(FrameType::kStoreReply, m.request, 5)
      .Number(static_cast<std::uint64_t>(m.outcome))
      .Number(m.winner.value)
      .Number(m.in_sync ? 1 : 0)
      .List(m.list)
      .Take();
}

OutgoingFrame Encode(const ReadRequest& m) {
  return FrameWriter(FrameType::kRead, m.request, 2).Number(m.list_hash).Bin(m.key).Take();
}

OutgoingFrame Encode(const ReadReply& m) {
  FrameWriter writer(FrameType::kReadReply, m.request, m.record ? 4 + kRecordFields : 4);
  writer.Number(static_cast<std::uint64_t>(m.outcome)).List(m.list).Number(m.record ? 1 : 0);
  if (m.record) writer.LastRecord(m.record);
  return writer.Take();
}

OutgoingFrame Encode(const CopyRequest& m) {
  return FrameWriter(FrameType::kCopy, m.request, 4)
      .Number(m.list_hash)
      .Number(m.partition)
      .Number(m.digest)
      .Number(m.from)
      .Take();
}

OutgoingFrame Encode(const CopyReply& m) {
  FrameWriter writer(FrameType::kCopyReply, m.request, 6);
  writer.Number(static_cast<std::uint64_t>(m.outcome)).Number(m.next).Number(m.last ? 1 : 0);
  writer.List(m.list).Array(m.records.size() * kRecordFields);
  for (const RecordRef& record : m.records) writer.Record(record.view());
  return writer.Take();
}

OutgoingFrame Encode(const ListNotice& m) {
  return FrameWriter(FrameType::kListNotice, 0, 1).Members(m.members).Take();
}

// --- Decoding ---

// Flattens a frame into numbers, byte strings and array headers, without copying and within limits.
// Anything else (text, maps, negative numbers, floats, nil) is in no message and ends the parse.
struct Token {
  enum class Kind : std::uint8_t { kNumber, kBin, kArray } kind;
  std::uint64_t number = 0;  // the value; for an array, its size
  std::string_view bin;
};

class TokenVisitor : public msgpack::null_visitor {
 public:
  static constexpr std::uint32_t kMaxElements = kMaxCopyRecords * kRecordFields;
  // The fields of the largest message, its records, its members, and what newer releases append.
  static constexpr std::size_t kMaxTokens = kMaxElements + kMaxListMembers + 64;
  static constexpr int kMaxDepth = 2;

  explicit TokenVisitor(std::vector<Token>& tokens) : tokens_(tokens) {}
  // NOLINTBEGIN(readability-identifier-naming): msgpack's names.
  bool visit_positive_integer(std::uint64_t value) {
    return Add({Token::Kind::kNumber, value, {}});
  }
  bool visit_bin(const char* bytes, std::uint32_t size) {
    return Add({Token::Kind::kBin, 0, {bytes, size}});
  }
  bool start_array(std::uint32_t size) {
    if (size > kMaxElements || ++depth_ > kMaxDepth) return false;
    return Add({Token::Kind::kArray, size, {}});
  }
  bool end_array() {
    --depth_;
    return true;
  }
  bool visit_nil() { return false; }
  bool visit_boolean(bool) { return false; }
  bool visit_negative_integer(std::int64_t) { return false; }
  bool visit_float32(float) { return false; }
  bool visit_float64(double) { return false; }
  bool visit_str(const char*, std::uint32_t) { return false; }
  bool visit_ext(const char*, std::uint32_t) { return false; }
  bool start_map(std::uint32_t) { return false; }
  void parse_error(std::size_t, std::size_t) { failed_ = true; }
  void insufficient_bytes(std::size_t, std::size_t) { failed_ = true; }
  // NOLINTEND(readability-identifier-naming)
  bool failed() const { return failed_; }

 private:
  bool Add(const Token& token) {
    if (tokens_.size() == kMaxTokens) return false;
    tokens_.push_back(token);
    return true;
  }
  std::vector<Token>& tokens_;
  int depth_ = 0;
  bool failed_ = false;
};

// Takes tokens in order; after the first that does not fit, ok() stays false and results are empty.
class FrameReader {
 public:
  explicit FrameReader(const std::vector<Token>& tokens) : tokens_(tokens) {}

  bool ok() const { return ok_; }

  std::uint64_t Number() {
    const Token* token = Next(Token::Kind::kNumber);
    return token != nullptr ? token->number : 0;
  }
  std::uint32_t Bounded(std::uint32_t most) {
    const std::uint64_t number = Number();
    ok_ = ok_ && number <= most;
    return ok_ ? static_cast<std::uint32_t>(number) : 0;
  }
  bool Flag() { return Bounded(1) != 0; }
  template <typename Enum>
  Enum Choice(Enum last) {
    return static_cast<Enum>(Bounded(static_cast<std::uint32_t>(last)));
  }
  std::string_view Bin() {
    const Token* token = Next(Token::Kind::kBin);
    return token != nullptr ? token->bin : std::string_view();
  }
  std::size_t Array(std::size_t most) {
    const Token* token = Next(Token::Kind::kArray);
    ok_ = ok_ && token->number <= most;
    return ok_ ? static_cast<std::size_t>(token->number) : 0;
  }
  std::string_view Key() {
    const std::string_view key = Bin();
    ok_ = ok_ && !key.empty() && key.size() <= kMaxKey;
    return key;
  }
  RecordRef Record() {
    RecordView view;
    view.key = Key();
    view.version.value = Number();
    view.tombstone = Flag();
    view.expiry_ms = Number();
    view.value = Bin();
    ok_ = ok_ && view.value.size() <= kMaxValueBytes && !(view.tombstone && !view.value.empty());
    return ok_ ? RecordRef::Make(view) : RecordRef();
  }
  // How many follow one another as the fields of one array.
  std::size_t Records() {
    const std::size_t fields = Array(kMaxCopyRecords * kRecordFields);
    ok_ = ok_ && fields % kRecordFields == 0;
    return fields / kRecordFields;
  }
  std::vector<MemberRecord> Members() {
    std::vector<MemberRecord> members;
    for (std::size_t left = Array(kMaxListMembers); ok_ && left > 0; --left) {
      std::optional<MemberRecord> member = DecodeMemberRecord(AsBytes(Bin()));
      ok_ = ok_ && member.has_value();
      if (ok_) members.push_back(*std::move(member));
    }
    return members;
  }
  OtherList List() {
    OtherList list;
    list.hash = Number();
    list.members = Members();
    return list;
  }

 private:
  const Token* Next(Token::Kind kind) {
    ok_ = ok_ && next_ < tokens_.size() && tokens_[next_].kind == kind;
    return ok_ ? &tokens_[next_++] : nullptr;
  }

  const std::vector<Token>& tokens_;
  std::size_t next_ = 0;
  bool ok_ = true;
};

// The order of these statements is the order of the fields.
StoreRequest ReadStore(FrameReader& in, RequestId request) {
  StoreRequest m;
  m.request = request;
  m.list_hash = in.Number();
  m.record = in.Record();
  return m;
}

StoreReply ReadStoreReply(FrameReader& in, RequestId request) {
  StoreReply m;
  m.request = request;
  m.outcome = in.Choice(StoreOutcome::kNotStoring);
  m.winner.value = in.Number();
  m.in_sync = in.Flag();
  m.list = in.List();
  return m;
}

ReadRequest ReadRead(FrameReader& in, RequestId request) {
  ReadRequest m;
  m.request = request;
  m.list_hash = in.Number();
  m.key = in.Key();
  return m;
}

ReadReply ReadReadReply(FrameReader& in, RequestId request) {
  ReadReply m;
  m.request = request;
  m.outcome = in.Choice(ReadOutcome::kNotStoring);
  m.list = in.List();
  if (in.Flag()) m.record = in.Record();
  return m;
}

CopyRequest ReadCopy(FrameReader& in, RequestId request) {
  CopyRequest m;
  m.request = request;
  m.list_hash = in.Number();
  m.partition = in.Bounded(PartitionCount(kMaxPartitionDigits) - 1);
  m.digest = in.Number();
  m.from = in.Number();
  return m;
}

CopyReply ReadCopyReply(FrameReader& in, RequestId request) {
  CopyReply m;
  m.request = request;
  m.outcome = in.Choice(CopyOutcome::kNotStoring);
  m.next = in.Number();
  m.last = in.Flag();
  m.list = in.List();
  for (std::size_t left = in.Records(); in.ok() && left > 0; --left) {
    m.records.push_back(in.Record());
  }
  return m;
}

ListNotice ReadListNotice(FrameReader& in) { return {in.Members()}; }

}  // namespace

OutgoingFrame EncodeFrame(const PeerMessage& message) {
  return std::visit([](const auto& m) { return Encode(m); }, message);
}

std::optional<PeerMessage> DecodeFrame(ByteSpan body) {
  std::vector<Token> tokens;
  tokens.reserve(16);
  TokenVisitor visitor(tokens);
  std::size_t offset = 0;
  const std::string_view text = AsText(body);
  if (!msgpack::parse(text.data(), text.size(), offset, visitor) || visitor.failed() ||
      offset != text.size()) {
    return std::nullopt;
  }
  FrameReader in(tokens);
  in.Array(TokenVisitor::kMaxElements);
  const auto type = static_cast<FrameType>(in.Bounded(UINT8_MAX));
  const RequestId request = in.Number();
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
    case FrameType::kCopy:
      message = ReadCopy(in, request);
      break;
    case FrameType::kCopyReply:
      message = ReadCopyReply(in, request);
      break;
    case FrameType::kListNotice:
      message = ReadListNotice(in);
      break;
  }
  // Elements behind the known ones come from a newer release and are ignored.
  return in.ok() ? std::move(message) : std::nullopt;
}

}  // namespace vf
