#include "gossip/member_record_codec.h"

#include <algorithm>
#include <array>
#include <limits>
#include <msgpack.hpp>
#include <string_view>

#include "base/check.h"

namespace vf {
namespace {

constexpr std::size_t kRecordFields = 16;
constexpr std::size_t kTombstoneFields = 12;
constexpr std::size_t kMostFields = 32;  // room for what newer releases append
constexpr std::size_t kMostZoneBytes = 16;

// --- Encoding ---

struct ByteSink {
  std::vector<std::byte>& bytes;
  void write(const char* data, std::size_t size) {
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), begin, begin + size);
  }
};

class RecordWriter {
 public:
  explicit RecordWriter(std::vector<std::byte>& out) : sink_{out}, packer_(sink_) {}

  void Record(const MemberRecord& r) {
    packer_.pack_array(kRecordFields);
    Identity(r);
    Address(r.endpoint);
    Number(r.roles);
    Number(r.seat);
    VF_CHECK(r.zone.size() <= kMostZoneBytes, "zone too long");
    packer_.pack_str(static_cast<std::uint32_t>(r.zone.size()));
    packer_.pack_str_body(r.zone.data(), static_cast<std::uint32_t>(r.zone.size()));
    Number(r.proto_min);
    Number(r.proto_max);
    Number(r.meta_version);
    Number(static_cast<std::uint8_t>(r.phase));
    Number(r.replicas);
    Number(r.partition_digits);
  }

  void Tombstone(const MemberRecord& r) {
    packer_.pack_array(kTombstoneFields);
    Identity(r);
    Number(r.state == MemberState::kLeft ? static_cast<std::uint8_t>(r.leave_kind)
                                         : static_cast<std::uint8_t>(r.death_reason));
    Address(r.endpoint);
    Number(r.roles);
    Number(r.seat);
    Number(r.owned_at_end ? 1 : 0);
    Number(r.age_s);
  }

 private:
  void Number(std::uint64_t value) { packer_.pack_uint64(value); }
  void Bin(ByteSpan bytes) {
    packer_.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer_.pack_bin_body(AsText(bytes).data(), static_cast<std::uint32_t>(bytes.size()));
  }
  void Address(const Endpoint& endpoint) {
    Bin(endpoint.address_bytes());
    Number(endpoint.port());
  }
  // The five fields that both forms begin with.
  void Identity(const MemberRecord& r) {
    Number(r.key());
    const bool id_known = std::any_of(r.id.bytes.begin() + 8, r.id.bytes.end(),
                                      [](std::byte b) { return b != std::byte{0}; });
    if (id_known) {
      Bin(r.id.bytes);
    } else {
      packer_.pack_nil();
    }
    Number(r.boot);
    Number(r.incarnation);
    Number(static_cast<std::uint8_t>(r.state));
  }

  ByteSink sink_;
  msgpack::packer<ByteSink> packer_;
};

// --- Decoding ---

struct Field {
  enum class Kind : std::uint8_t { kNumber, kBin, kText, kNil } kind = Kind::kNil;
  std::uint64_t number = 0;
  std::string_view bytes;
};

// The elements of one flat array. Anything nested, negative, fractional or longer ends the parse.
class FieldVisitor : public msgpack::null_visitor {
 public:
  // NOLINTBEGIN(readability-identifier-naming): msgpack's names.
  bool start_array(std::uint32_t size) {
    if (in_array_ || size > kMostFields) return false;
    in_array_ = true;
    return true;
  }
  bool visit_positive_integer(std::uint64_t value) {
    return Add({Field::Kind::kNumber, value, {}});
  }
  bool visit_bin(const char* bytes, std::uint32_t size) {
    return Add({Field::Kind::kBin, 0, {bytes, size}});
  }
  bool visit_str(const char* bytes, std::uint32_t size) {
    return Add({Field::Kind::kText, 0, {bytes, size}});
  }
  bool visit_nil() { return Add({}); }
  bool visit_boolean(bool) { return false; }
  bool visit_negative_integer(std::int64_t) { return false; }
  bool visit_float32(float) { return false; }
  bool visit_float64(double) { return false; }
  bool visit_ext(const char*, std::uint32_t) { return false; }
  bool start_map(std::uint32_t) { return false; }
  void parse_error(std::size_t, std::size_t) { failed_ = true; }
  void insufficient_bytes(std::size_t, std::size_t) { failed_ = true; }
  // NOLINTEND(readability-identifier-naming)

  bool failed() const { return failed_; }
  const Field* at(std::size_t index) const { return index < count_ ? &fields_[index] : nullptr; }

 private:
  bool Add(const Field& field) {
    if (!in_array_ || count_ == kMostFields) return false;
    fields_[count_++] = field;
    return true;
  }
  std::array<Field, kMostFields> fields_;
  std::size_t count_ = 0;
  bool in_array_ = false;
  bool failed_ = false;
};

// Takes fields in order; after the first that does not fit, ok() stays false.
class FieldReader {
 public:
  explicit FieldReader(const FieldVisitor& fields) : fields_(fields) {}

  bool ok() const { return ok_; }

  template <typename Integer>
  void Number(Integer& out) {
    out = static_cast<Integer>(Bounded(std::numeric_limits<Integer>::max()));
  }
  // REQUIRES: the values of Enum are 0 to `last`.
  template <typename Enum>
  void Choice(Enum& out, Enum last) {
    out = static_cast<Enum>(Bounded(static_cast<std::uint64_t>(last)));
  }
  void Flag(bool& out) { out = Bounded(1) != 0; }

  void Identity(MemberRecord& r) {
    MemberKey key = kNoMember;
    Number(key);
    const Field* id = Next();
    if (id != nullptr && id->kind == Field::Kind::kNil) {
      StoreBigEndian(r.id.bytes.data(), key);  // The key alone is known.
    } else if (id != nullptr && id->kind == Field::Kind::kBin &&
               id->bytes.size() == r.id.bytes.size()) {
      std::memcpy(r.id.bytes.data(), id->bytes.data(), id->bytes.size());
    } else {
      ok_ = false;
    }
    ok_ = ok_ && key != kNoMember && r.key() == key;
    Number(r.boot);
    Number(r.incarnation);
    Choice(r.state, MemberState::kLeft);
  }

  void Address(Endpoint& out) {
    const std::string_view address = Bytes(Field::Kind::kBin);
    std::uint16_t port = 0;
    Number(port);
    const std::optional<Endpoint> endpoint = Endpoint::FromBytes(AsBytes(address), port);
    ok_ = ok_ && endpoint.has_value();
    if (ok_) out = *endpoint;
  }

  void Live(MemberRecord& r) {
    Address(r.endpoint);
    Number(r.roles);
    Number(r.seat);
    const std::string_view zone = Bytes(Field::Kind::kText);
    ok_ = ok_ && zone.size() <= kMostZoneBytes;
    if (ok_) r.zone = zone;
    Number(r.proto_min);
    Number(r.proto_max);
    Number(r.meta_version);
    Choice(r.phase, Phase::kDraining);
    Number(r.replicas);
    Number(r.partition_digits);
  }

  void Tombstone(MemberRecord& r) {
    if (r.state == MemberState::kLeft) {
      Choice(r.leave_kind, LeaveKind::kEmptied);
    } else {
      Choice(r.death_reason, DeathReason::kOperator);
    }
    Address(r.endpoint);
    Number(r.roles);
    Number(r.seat);
    Flag(r.owned_at_end);
    Number(r.age_s);
  }

 private:
  const Field* Next() {
    const Field* field = ok_ ? fields_.at(next_++) : nullptr;
    ok_ = ok_ && field != nullptr;
    return field;
  }
  std::uint64_t Bounded(std::uint64_t most) {
    const Field* field = Next();
    ok_ = ok_ && field->kind == Field::Kind::kNumber && field->number <= most;
    return ok_ ? field->number : 0;
  }
  std::string_view Bytes(Field::Kind kind) {
    const Field* field = Next();
    ok_ = ok_ && field->kind == kind;
    return ok_ ? field->bytes : std::string_view();
  }

  const FieldVisitor& fields_;
  std::size_t next_ = 0;
  bool ok_ = true;
};

}  // namespace

std::vector<std::byte> EncodeMemberRecord(const MemberRecord& record) {
  std::vector<std::byte> bytes;
  bytes.reserve(64);
  RecordWriter writer(bytes);
  if (record.IsLive()) {
    writer.Record(record);
  } else {
    writer.Tombstone(record);
  }
  return bytes;
}

std::optional<MemberRecord> DecodeMemberRecord(ByteSpan bytes) {
  FieldVisitor fields;
  std::size_t offset = 0;
  const std::string_view text = AsText(bytes);
  if (text.empty() || !msgpack::parse(text.data(), text.size(), offset, fields) ||
      fields.failed() || offset != text.size()) {
    return std::nullopt;
  }
  FieldReader in(fields);
  MemberRecord record;
  in.Identity(record);
  if (record.IsLive()) {
    in.Live(record);
  } else {
    in.Tombstone(record);
  }
  if (!in.ok()) return std::nullopt;
  return record;
}

}  // namespace vf
