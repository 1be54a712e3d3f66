#include "gossip/codec.h"

#include <algorithm>
#include <array>
#include <limits>
#include <msgpack.hpp>
#include <optional>

#include "base/check.h"
#include "base/hash64.h"

namespace vf {
namespace {

constexpr std::size_t kFoundationBytes = 16;
constexpr std::size_t kRecordFields = 16;
constexpr std::size_t kTombstoneFields = 12;
// Array heads that a builder adds at the end, at their longest: messages; BATCH, its type, list.
constexpr std::size_t kMessagesHeadBytes = 3;
constexpr std::size_t kBatchHeadBytes = 1 + 1 + 3;

static_assert(kMaxMessages * sizeof(msgpack::object) * kMaxNesting <= 64 * 1024,
              "what a hostile datagram can make the decoder allocate");

// ---------------------------------------------------------------------------------------------
// Encoding

struct ByteSink {
  std::vector<std::byte>* bytes;
  void write(const char* data, std::size_t size) {
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    bytes->insert(bytes->end(), begin, begin + size);
  }
};

class Writer {
 public:
  explicit Writer(std::vector<std::byte>& out) : sink_{&out}, packer_(sink_) {}

  void Array(std::size_t size) { packer_.pack_array(static_cast<std::uint32_t>(size)); }
  void Number(std::uint64_t value) { packer_.pack_uint64(value); }
  template <typename Enum>
  void Value(Enum value) {
    Number(static_cast<std::uint64_t>(value));
  }
  void Bin(ByteSpan bytes) {
    packer_.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer_.pack_bin_body(reinterpret_cast<const char*>(bytes.data()),
                          static_cast<std::uint32_t>(bytes.size()));
  }
  void Text(std::string_view text, std::size_t max_bytes) {
    const std::string_view cut = text.substr(0, max_bytes);
    packer_.pack_str(static_cast<std::uint32_t>(cut.size()));
    packer_.pack_str_body(cut.data(), static_cast<std::uint32_t>(cut.size()));
  }
  void Nil() { packer_.pack_nil(); }

  void Address(const Endpoint& endpoint) {
    Bin(endpoint.address_bytes());
    Number(endpoint.port());
  }
  void Id(const MemberId& id) {
    const bool known = std::any_of(id.bytes.begin() + 8, id.bytes.end(),
                                   [](std::byte b) { return b != std::byte{0}; });
    if (known) {
      Bin(id.bytes);
    } else {
      Nil();
    }
  }
  void Founded(const Foundation& foundation) {
    if (!foundation.IsFounded()) return Bin({});
    std::array<std::byte, kFoundationBytes> bytes;
    StoreBigEndian(bytes.data(), foundation.founded_ms);
    StoreBigEndian(bytes.data() + 8, foundation.random);
    Bin(bytes);
  }
  // The fields of a Member record, without an array head.
  void RecordFields(const MemberRecord& r) {
    Number(r.key());
    Id(r.id);
    Number(r.boot);
    Number(r.incarnation);
    Value(r.state);
    Address(r.endpoint);
    Number(r.roles);
    Number(r.seat);
    Text(r.zone, kMaxZoneBytes);
    Number(r.proto_min);
    Number(r.proto_max);
    Number(r.meta_version);
    Value(r.phase);
    Number(r.replicas);
    Number(r.partition_digits);
  }
  void Record(const MemberRecord& r) {
    Array(kRecordFields);
    RecordFields(r);
  }
  void Tombstone(const MemberRecord& r) {
    Array(kTombstoneFields);
    Number(r.key());
    Id(r.id);
    Number(r.boot);
    Number(r.incarnation);
    Value(r.state);
    if (r.state == MemberState::kLeft) {
      Value(r.leave_kind);
    } else {
      Value(r.death_reason);
    }
    Address(r.endpoint);
    Number(r.roles);
    Number(r.seat);
    Number(r.owned_at_end ? 1 : 0);
    Number(r.age_s);
  }

  void operator()(const Ping& m) {
    Head(1, 5);
    Number(m.seq);
    Number(m.target);
    Number(m.target_boot32);
    Value(m.status);
    Number(m.incarnation);
  }
  void operator()(const PingAck& m) {
    Head(2, 3);
    Number(m.seq);
    Number(m.load);
    Number(m.flags);
  }
  void operator()(const PingReq& m) {
    Head(3, 6);
    Number(m.seq);
    Number(m.target);
    Address(m.endpoint);
    Number(m.want_nack ? 1 : 0);
    Number(m.budget_ms);
  }
  void operator()(const PingNack& m) {
    Head(4, 2);
    Number(m.seq);
    Value(m.reason);
  }
  void operator()(const NotMe& m) {
    Head(5, 4);
    Number(m.seq);
    Number(m.key);
    Number(m.boot32);
    Number(m.incarnation);
  }
  void operator()(const Alive& m) {
    Head(6, kRecordFields);
    RecordFields(m.record);
  }
  void operator()(const Suspect& m) {
    Head(7, 5);
    Number(m.key);
    Number(m.boot32);
    Number(m.incarnation);
    Number(m.from);
    Number(m.evidence);
  }
  void operator()(const Dead& m) {
    Head(8, 6);
    Number(m.key);
    Number(m.boot32);
    Number(m.incarnation);
    Number(m.from);
    Value(m.reason);
    Number(m.age_s);
  }
  void operator()(const Left& m) {
    Head(9, 5);
    Number(m.key);
    Number(m.boot32);
    Number(m.incarnation);
    Value(m.kind);
    Number(m.age_s);
  }
  void operator()(const Join& m) {
    Head(10, kRecordFields + 5);
    RecordFields(m.record);
    Founded(m.foundation);
    Settings(m.settings);
    Number(m.want_state ? 1 : 0);
  }
  void operator()(const JoinOk& m) {
    Head(11, 8);
    Founded(m.foundation);
    Settings(m.settings);
    Number(m.seat);
    Records(m.controllers);
    Records(m.sample);
    Number(m.exchange_with);
  }
  void operator()(const JoinNo& m) {
    Head(12, 6);
    Value(m.reason);
    Number(m.replicas);
    Number(m.partition_digits);
    Text(m.text, kMaxTextBytes);
    Founded(m.foundation);
    Number(m.holder_boot);
  }
  void operator()(const Digest& m) {
    Head(13, 4);
    Number(m.first_bucket);
    std::vector<std::byte> bytes(m.hashes.size() * 8);
    for (std::size_t i = 0; i < m.hashes.size(); ++i) {
      StoreBigEndian(bytes.data() + 8 * i, m.hashes[i]);
    }
    Bin(bytes);
    Number(m.answer ? 1 : 0);
    bytes.resize(m.counts.size() * 2);
    for (std::size_t i = 0; i < m.counts.size(); ++i) {
      StoreBigEndian(bytes.data() + 2 * i, m.counts[i]);
    }
    Bin(bytes);
  }
  void operator()(const Exchange& m) {
    Head(14, 3);
    Number(m.bucket);
    Records(m.members);
    Array(m.tombstones.size());
    for (const MemberRecord& r : m.tombstones) Tombstone(r);
  }
  void operator()(const Report& m) {
    Head(15, 1);
    Array(m.entries.size());
    for (const ReportEntry& e : m.entries) {
      Array(6);
      Number(e.key);
      Number(e.boot32);
      Number(e.reason);
      Number(e.count);
      Number(e.first_ms);
      Number(e.last_ms);
    }
  }
  void operator()(const Batch& m) {
    Head(16, 1);
    Array(m.updates.size());
    for (const Update& u : m.updates) std::visit(*this, u);
  }

 private:
  void Head(std::uint8_t type, std::size_t fields) {
    Array(fields + 1);
    Number(type);
  }
  void Settings(const ClusterSettings& s) {
    Number(s.replicas);
    Number(s.partition_digits);
    Number(s.tombstone_age_s);
  }
  void Records(const std::vector<MemberRecord>& records) {
    Array(records.size());
    for (const MemberRecord& r : records) Record(r);
  }

  ByteSink sink_;
  msgpack::packer<ByteSink> packer_;
};

// ---------------------------------------------------------------------------------------------
// Decoding

// The elements of one array. A wrong or missing element makes it not ok and reads as nothing, so
// a caller reads all its fields and asks once.
class Reader {
 public:
  explicit Reader(const msgpack::object& array) {
    if (array.type != msgpack::type::ARRAY) {
      ok_ = false;
      return;
    }
    next_ = array.via.array.ptr;
    left_ = array.via.array.size;
  }

  bool ok() const { return ok_; }
  std::size_t left() const { return left_; }

  template <typename Integer>
  Integer Number() {
    return static_cast<Integer>(Bounded(std::numeric_limits<Integer>::max()));
  }
  // REQUIRES: the values of Enum are 0 to `last`.
  template <typename Enum>
  Enum Value(Enum last) {
    return static_cast<Enum>(Bounded(static_cast<std::uint64_t>(last)));
  }
  bool Flag() { return Bounded(1) != 0; }
  ByteSpan Bin() {
    const msgpack::object* o = Next();
    if (o == nullptr || o->type != msgpack::type::BIN) return Fail<ByteSpan>();
    return std::as_bytes(std::span(o->via.bin.ptr, o->via.bin.size));
  }
  std::string Text(std::size_t max_bytes) {
    const msgpack::object* o = Next();
    if (o == nullptr || o->type != msgpack::type::STR || o->via.str.size > max_bytes) {
      return Fail<std::string>();
    }
    return std::string(o->via.str.ptr, o->via.str.size);
  }
  const msgpack::object* Next() {
    if (left_ == 0) {
      ok_ = false;
      return nullptr;
    }
    --left_;
    return next_++;
  }

  Endpoint Address() {
    const ByteSpan bytes = Bin();
    const auto port = Number<std::uint16_t>();
    const std::optional<Endpoint> endpoint = Endpoint::FromBytes(bytes, port);
    if (!endpoint) return Fail<Endpoint>();
    return *endpoint;
  }
  // A nil id stands for the key alone.
  MemberId Id(MemberKey key) {
    MemberId id;
    const msgpack::object* o = Next();
    if (o == nullptr || key == kNoMember) return Fail<MemberId>();
    if (o->type == msgpack::type::NIL) {
      StoreBigEndian(id.bytes.data(), key);
      return id;
    }
    if (o->type != msgpack::type::BIN || o->via.bin.size != id.bytes.size()) {
      return Fail<MemberId>();
    }
    std::memcpy(id.bytes.data(), o->via.bin.ptr, id.bytes.size());
    if (id.key() != key) return Fail<MemberId>();
    return id;
  }
  Foundation Founded() {
    const ByteSpan bytes = Bin();
    if (bytes.empty()) return {};
    if (bytes.size() != kFoundationBytes) return Fail<Foundation>();
    return {LoadBigEndian<std::uint64_t>(bytes.data()),
            LoadBigEndian<std::uint64_t>(bytes.data() + 8)};
  }
  ClusterSettings Settings() {
    ClusterSettings s;
    s.replicas = Number<std::uint8_t>();
    s.partition_digits = Number<std::uint8_t>();
    s.tombstone_age_s = Number<std::uint32_t>();
    return s;
  }
  MemberRecord RecordFields() {
    MemberRecord r;
    const auto key = Number<MemberKey>();
    r.id = Id(key);
    r.boot = Number<std::uint64_t>();
    r.incarnation = Number<std::uint32_t>();
    r.state = Value(MemberState::kLeft);
    r.endpoint = Address();
    r.roles = Number<std::uint8_t>();
    r.seat = Number<std::uint64_t>();
    r.zone = Text(kMaxZoneBytes);
    r.proto_min = Number<std::uint8_t>();
    r.proto_max = Number<std::uint8_t>();
    r.meta_version = Number<std::uint32_t>();
    r.phase = Value(Phase::kDraining);
    r.replicas = Number<std::uint8_t>();
    r.partition_digits = Number<std::uint8_t>();
    return r;
  }
  MemberRecord TombstoneFields() {
    MemberRecord r;
    const auto key = Number<MemberKey>();
    r.id = Id(key);
    r.boot = Number<std::uint64_t>();
    r.incarnation = Number<std::uint32_t>();
    r.state = Value(MemberState::kLeft);
    if (r.state == MemberState::kLeft) {
      r.leave_kind = Value(LeaveKind::kEmptied);
    } else if (r.state == MemberState::kDead) {
      r.death_reason = Value(DeathReason::kOperator);
    } else {
      ok_ = false;
    }
    r.endpoint = Address();
    r.roles = Number<std::uint8_t>();
    r.seat = Number<std::uint64_t>();
    r.owned_at_end = Flag();
    r.age_s = Number<std::uint32_t>();
    return r;
  }
  // A list of arrays, each read by `read(Reader&)`.
  template <typename T, typename Read>
  std::vector<T> List(Read read) {
    std::vector<T> items;
    const msgpack::object* o = Next();
    if (o == nullptr || o->type != msgpack::type::ARRAY) return Fail<std::vector<T>>();
    items.reserve(o->via.array.size);
    for (std::uint32_t i = 0; ok_ && i < o->via.array.size; ++i) {
      Reader item(o->via.array.ptr[i]);
      items.push_back(read(item));
      ok_ = ok_ && item.ok();
    }
    return items;
  }
  std::vector<MemberRecord> Records() {
    return List<MemberRecord>([](Reader& r) { return r.RecordFields(); });
  }

 private:
  template <typename T>
  T Fail() {
    ok_ = false;
    return T();
  }
  std::uint64_t Bounded(std::uint64_t max) {
    const msgpack::object* o = Next();
    if (o == nullptr || o->type != msgpack::type::POSITIVE_INTEGER || o->via.u64 > max) {
      return Fail<std::uint64_t>();
    }
    return o->via.u64;
  }

  const msgpack::object* next_ = nullptr;
  std::uint32_t left_ = 0;
  bool ok_ = true;
};

Ping ReadPing(Reader& in) {
  Ping m;
  m.seq = in.Number<std::uint32_t>();
  m.target = in.Number<MemberKey>();
  m.target_boot32 = in.Number<std::uint32_t>();
  m.status = in.Value(MemberState::kLeft);
  m.incarnation = in.Number<std::uint32_t>();
  return m;
}
PingAck ReadPingAck(Reader& in) {
  PingAck m;
  m.seq = in.Number<std::uint32_t>();
  m.load = in.Number<std::uint8_t>();
  m.flags = in.Number<std::uint8_t>();
  return m;
}
PingReq ReadPingReq(Reader& in) {
  PingReq m;
  m.seq = in.Number<std::uint32_t>();
  m.target = in.Number<MemberKey>();
  m.endpoint = in.Address();
  m.want_nack = in.Flag();
  m.budget_ms = in.Number<std::uint32_t>();
  return m;
}
PingNack ReadPingNack(Reader& in) {
  PingNack m;
  m.seq = in.Number<std::uint32_t>();
  m.reason = in.Value(NackReason::kNotMe);
  return m;
}
NotMe ReadNotMe(Reader& in) {
  NotMe m;
  m.seq = in.Number<std::uint32_t>();
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  return m;
}
Suspect ReadSuspect(Reader& in) {
  Suspect m;
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  m.from = in.Number<MemberKey>();
  m.evidence = in.Number<std::uint8_t>();
  return m;
}
Dead ReadDead(Reader& in) {
  Dead m;
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  m.from = in.Number<MemberKey>();
  m.reason = in.Value(DeathReason::kOperator);
  m.age_s = in.Number<std::uint32_t>();
  return m;
}
Left ReadLeft(Reader& in) {
  Left m;
  m.key = in.Number<MemberKey>();
  m.boot32 = in.Number<std::uint32_t>();
  m.incarnation = in.Number<std::uint32_t>();
  m.kind = in.Value(LeaveKind::kEmptied);
  m.age_s = in.Number<std::uint32_t>();
  return m;
}
Join ReadJoin(Reader& in) {
  Join m;
  m.record = in.RecordFields();
  m.foundation = in.Founded();
  m.settings = in.Settings();
  m.want_state = in.Flag();
  return m;
}
JoinOk ReadJoinOk(Reader& in) {
  JoinOk m;
  m.foundation = in.Founded();
  m.settings = in.Settings();
  m.seat = in.Number<std::uint64_t>();
  m.controllers = in.Records();
  m.sample = in.Records();
  m.exchange_with = in.Number<MemberKey>();
  return m;
}
JoinNo ReadJoinNo(Reader& in) {
  JoinNo m;
  m.reason = in.Value(JoinRefusal::kOtherFoundation);
  m.replicas = in.Number<std::uint8_t>();
  m.partition_digits = in.Number<std::uint8_t>();
  m.text = in.Text(kMaxTextBytes);
  m.foundation = in.Founded();
  m.holder_boot = in.Number<std::uint64_t>();
  return m;
}
// None if bins and buckets do not fit each other.
std::optional<Digest> ReadDigest(Reader& in) {
  Digest m;
  m.first_bucket = in.Number<std::uint8_t>();
  const ByteSpan hashes = in.Bin();
  m.answer = in.Flag();
  const ByteSpan counts = in.Bin();
  const std::size_t buckets = hashes.size() / 8;
  if (hashes.size() % 8 != 0 || m.first_bucket + buckets > kViewBuckets) return std::nullopt;
  if (counts.size() != buckets * 2) return std::nullopt;
  for (std::size_t i = 0; i < buckets; ++i) {
    m.hashes.push_back(LoadBigEndian<std::uint64_t>(hashes.data() + 8 * i));
    m.counts.push_back(LoadBigEndian<std::uint16_t>(counts.data() + 2 * i));
  }
  return m;
}
Exchange ReadExchange(Reader& in) {
  Exchange m;
  m.bucket = in.Number<std::uint8_t>();
  m.members = in.Records();
  m.tombstones = in.List<MemberRecord>([](Reader& r) { return r.TombstoneFields(); });
  return m;
}
Report ReadReport(Reader& in) {
  Report m;
  m.entries = in.List<ReportEntry>([](Reader& r) {
    ReportEntry e;
    e.key = r.Number<MemberKey>();
    e.boot32 = r.Number<std::uint32_t>();
    e.reason = r.Number<std::uint8_t>();
    e.count = r.Number<std::uint32_t>();
    e.first_ms = r.Number<std::uint64_t>();
    e.last_ms = r.Number<std::uint64_t>();
    return e;
  });
  return m;
}

enum class Outcome { kRead, kUnknownType, kBad };

// Reads a message of types 6 to 9 into `out`.
template <typename Out>
Outcome ReadUpdate(std::uint8_t type, Reader& in, Out& out) {
  switch (type) {
    case 6:
      out = Alive{in.RecordFields()};
      break;
    case 7:
      out = ReadSuspect(in);
      break;
    case 8:
      out = ReadDead(in);
      break;
    case 9:
      out = ReadLeft(in);
      break;
    default:
      return Outcome::kUnknownType;
  }
  return in.ok() ? Outcome::kRead : Outcome::kBad;
}

Outcome ReadBatch(Reader& in, Batch& out) {
  const msgpack::object* list = in.Next();
  if (list == nullptr || list->type != msgpack::type::ARRAY) return Outcome::kBad;
  out.updates.reserve(list->via.array.size);
  for (std::uint32_t i = 0; i < list->via.array.size; ++i) {
    Reader item(list->via.array.ptr[i]);
    const auto type = item.Number<std::uint8_t>();
    if (!item.ok()) return Outcome::kBad;
    Update update;
    const Outcome outcome = ReadUpdate(type, item, update);
    if (outcome == Outcome::kBad) return outcome;
    if (outcome == Outcome::kRead) out.updates.push_back(std::move(update));
  }
  return Outcome::kRead;
}

Outcome ReadMessage(const msgpack::object& object, Message& out) {
  Reader in(object);
  const auto type = in.Number<std::uint8_t>();
  if (!in.ok()) return Outcome::kBad;
  switch (type) {
    case 1:
      out = ReadPing(in);
      break;
    case 2:
      out = ReadPingAck(in);
      break;
    case 3:
      out = ReadPingReq(in);
      break;
    case 4:
      out = ReadPingNack(in);
      break;
    case 5:
      out = ReadNotMe(in);
      break;
    case 10:
      out = ReadJoin(in);
      break;
    case 11:
      out = ReadJoinOk(in);
      break;
    case 12:
      out = ReadJoinNo(in);
      break;
    case 13: {
      auto digest = ReadDigest(in);
      if (!digest) return Outcome::kBad;
      out = std::move(*digest);
      break;
    }
    case 14:
      out = ReadExchange(in);
      break;
    case 15:
      out = ReadReport(in);
      break;
    case 16: {
      Batch batch;
      const Outcome outcome = ReadBatch(in, batch);
      if (outcome != Outcome::kRead) return outcome;
      out = std::move(batch);
      break;
    }
    default:
      return ReadUpdate(type, in, out);
  }
  return in.ok() ? Outcome::kRead : Outcome::kBad;
}

std::optional<Packet> ReadPacket(const msgpack::object& object) {
  Packet packet;
  Reader in(object);
  packet.header.cluster_hash = in.Number<std::uint32_t>();
  packet.header.key = in.Number<MemberKey>();
  packet.header.boot32 = in.Number<std::uint32_t>();
  packet.header.incarnation = in.Number<std::uint32_t>();
  packet.header.view_hash = in.Number<std::uint64_t>();
  packet.header.view_members = in.Number<std::uint32_t>();
  packet.header.local_health = in.Number<std::uint8_t>();
  const msgpack::object* list = in.Next();
  if (!in.ok() || packet.header.key == kNoMember || list->type != msgpack::type::ARRAY) {
    return std::nullopt;
  }
  packet.messages.reserve(list->via.array.size);
  for (std::uint32_t i = 0; i < list->via.array.size; ++i) {
    Message message;
    switch (ReadMessage(list->via.array.ptr[i], message)) {
      case Outcome::kRead:
        packet.messages.push_back(std::move(message));
        break;
      case Outcome::kUnknownType:
        break;
      case Outcome::kBad:
        return std::nullopt;
    }
  }
  return packet;
}

bool KeepReference(msgpack::type::object_type, std::size_t, void*) { return true; }

}  // namespace

std::variant<Packet, DropReason> DecodePacket(ByteSpan datagram) {
  if (datagram.size() <= kDatagramPrefixBytes || datagram.size() > kMaxDatagramBytes) {
    return DropReason::kSize;
  }
  if (datagram[0] != std::byte{'V'} || datagram[1] != std::byte{'F'}) return DropReason::kMagic;
  if (datagram[2] != std::byte{kFormatVersion}) return DropReason::kVersion;
  const auto flags = std::to_integer<std::uint8_t>(datagram[3]);
  if ((flags & (kFlagAuthenticated | kFlagCompressed)) != 0) return DropReason::kFlags;
  const ByteSpan body = datagram.subspan(kDatagramPrefixBytes);
  if (LoadBigEndian<std::uint32_t>(datagram.data() + 4) != Checksum32(body)) {
    return DropReason::kChecksum;
  }
  const msgpack::unpack_limit limit(kMaxMessages, 0, kMaxTextBytes, kMaxDatagramBytes, 0,
                                    kMaxNesting);
  try {
    msgpack::zone zone;
    std::size_t offset = 0;
    bool referenced = false;
    const msgpack::object object =
        msgpack::unpack(zone, reinterpret_cast<const char*>(body.data()), body.size(), offset,
                        referenced, &KeepReference, nullptr, limit);
    if (offset != body.size()) return DropReason::kDecode;
    std::optional<Packet> packet = ReadPacket(object);
    if (!packet) return DropReason::kDecode;
    packet->heal = (flags & kFlagHeal) != 0;
    return std::move(*packet);
  } catch (const msgpack::unpack_error&) {
    return DropReason::kDecode;
  }
}

std::vector<std::byte> EncodeUpdate(const Update& update) {
  std::vector<std::byte> bytes;
  bytes.reserve(64);
  std::visit(Writer(bytes), update);
  return bytes;
}

DatagramBuilder::DatagramBuilder(const PacketHeader& header, bool heal) {
  head_.reserve(64);
  head_.resize(kDatagramPrefixBytes);
  head_[0] = std::byte{'V'};
  head_[1] = std::byte{'F'};
  head_[2] = std::byte{kFormatVersion};
  head_[3] = std::byte{heal ? kFlagHeal : std::uint8_t{0}};
  Writer out(head_);
  out.Array(8);
  out.Number(header.cluster_hash);
  out.Number(header.key);
  out.Number(header.boot32);
  out.Number(header.incarnation);
  out.Number(header.view_hash);
  out.Number(header.view_members);
  out.Number(header.local_health);
}

std::size_t DatagramBuilder::BytesWith(std::size_t message_bytes, std::size_t update_bytes) const {
  return head_.size() + kMessagesHeadBytes + message_bytes_.size() + message_bytes +
         (updates_ > 0 || update_bytes > 0 ? kBatchHeadBytes : 0) + update_bytes_.size() +
         update_bytes;
}

bool DatagramBuilder::Add(const Message& message) {
  const std::size_t before = message_bytes_.size();
  std::visit(Writer(message_bytes_), message);
  if (messages_ + 2 > kMaxMessages || BytesWith(0, 0) > kMaxDatagramBytes) {
    message_bytes_.resize(before);
    return false;
  }
  ++messages_;
  return true;
}

bool DatagramBuilder::AddUpdate(ByteSpan encoded_update) {
  if (updates_ + 1 > kMaxMessages || BytesWith(0, encoded_update.size()) > kMaxDatagramBytes) {
    return false;
  }
  update_bytes_.insert(update_bytes_.end(), encoded_update.begin(), encoded_update.end());
  ++updates_;
  return true;
}

std::vector<std::byte> DatagramBuilder::Finish() const {
  std::vector<std::byte> bytes;
  bytes.reserve(BytesWith(0, 0));
  bytes = head_;
  Writer out(bytes);
  out.Array(messages_ + (updates_ > 0 ? 1 : 0));
  bytes.insert(bytes.end(), message_bytes_.begin(), message_bytes_.end());
  if (updates_ > 0) {
    out.Array(2);
    out.Number(16);
    out.Array(updates_);
    bytes.insert(bytes.end(), update_bytes_.begin(), update_bytes_.end());
  }
  VF_CHECK(bytes.size() <= kMaxDatagramBytes, "a datagram outgrew its limit");
  StoreBigEndian(bytes.data() + 4, Checksum32(ByteSpan(bytes).subspan(kDatagramPrefixBytes)));
  return bytes;
}

std::vector<std::byte> EncodePacket(const Packet& packet) {
  DatagramBuilder builder(packet.header, packet.heal);
  for (const Message& message : packet.messages) {
    VF_CHECK(builder.Add(message), "a packet that does not fit a datagram");
  }
  return builder.Finish();
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
  }
  return "unknown";
}

}  // namespace vf
