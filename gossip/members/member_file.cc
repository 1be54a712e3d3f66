#include "gossip/members/member_file.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/hash64.h"
#include "gossip/wire/member_fields.h"
#include "gossip/wire/msgpack_reader.h"
#include "gossip/wire/msgpack_writer.h"

namespace vf {
namespace {

constexpr std::string_view kMagic = "VFMB";
constexpr std::size_t kFormatAt = 4;
constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kBodyAt = 16;
constexpr std::size_t kMaxNameBytes = 255;
constexpr std::size_t kHeadFields = 9;
// The shortest that a member can be: what its count is judged by.
constexpr std::size_t kLeastMemberBytes = 16;
// Room for what newer releases append.
constexpr MsgpackLimits kLimits = {
    .elements = 32, .tokens = 64, .depth = 2, .text_bytes = kMaxNameBytes};

static_assert(kRecordFields + 2 <= kLimits.elements && kHeadFields <= kLimits.elements);

// Walks the parts of the body; after the first that is not there, ok() stays false.
class BodyReader {
 public:
  explicit BodyReader(ByteSpan body) : left_(body) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return left_.size(); }
  template <typename Integer>
  Integer Number() {
    const ByteSpan bytes = Take(sizeof(Integer));
    return ok_ ? LoadBigEndian<Integer>(bytes.data()) : Integer{0};
  }
  ByteSpan Part() { return Take(Number<std::uint16_t>()); }

 private:
  ByteSpan Take(std::size_t size) {
    ok_ = ok_ && size <= left_.size();
    if (!ok_) return {};
    const ByteSpan taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

  ByteSpan left_;
  bool ok_ = true;
};

template <typename Integer>
void AppendBigEndian(std::vector<std::byte>& out, Integer value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof(Integer));
  StoreBigEndian(out.data() + at, value);
}

// Two bytes of length, then what `write` appends.
template <typename Write>
void AppendPart(std::vector<std::byte>& out, const Write& write) {
  const std::size_t length_at = out.size();
  AppendBigEndian(out, std::uint16_t{0});
  write();
  const std::size_t length = out.size() - length_at - 2;
  VF_CHECK(length <= 0xffff, "a part that is too long");
  StoreBigEndian(out.data() + length_at, static_cast<std::uint16_t>(length));
}

std::uint64_t ChecksumOf(ByteSpan file) {
  return Hash64(file.subspan(kBodyAt), LoadBigEndian<std::uint32_t>(file.data() + kFormatAt));
}

void AppendHead(std::vector<std::byte>& out, const MemberFile& file) {
  DatagramWriter writer(out);
  writer.Array(kHeadFields);
  writer.Text(file.cluster);
  writer.Bin(file.own_id.bytes);
  writer.Number(file.own_boot);
  writer.Number(file.own_roles);
  writer.Number(file.own_seat);
  WriteFoundation(writer, file.remembered.foundation);
  writer.Number(file.remembered.settings.replicas);
  writer.Number(file.remembered.settings.partition_digits);
  writer.Number(file.remembered.settings.tombstone_age_s);
}

bool ReadHead(ByteSpan bytes, MemberFile& file) {
  const MsgpackTokens tokens = ParseMsgpack(bytes, kLimits);
  MsgpackReader in(tokens);
  file.cluster = in.Text(kMaxNameBytes);
  const ByteSpan id = in.Bin();
  in.Require(id.size() == file.own_id.bytes.size());
  if (in.ok()) std::copy(id.begin(), id.end(), file.own_id.bytes.begin());
  file.own_boot = in.Number<std::uint64_t>();
  file.own_roles = in.Number<std::uint8_t>();
  file.own_seat = in.Number<std::uint64_t>();
  file.remembered.foundation = ReadFoundation(in);
  ClusterSettings& settings = file.remembered.settings;
  settings.replicas = in.Number<std::uint8_t>();
  settings.partition_digits = in.Number<std::uint8_t>();
  settings.tombstone_age_s = in.Number<std::uint32_t>();
  const bool founded = file.remembered.foundation.IsFounded();
  in.Require(!file.cluster.empty() && file.own_id.key() != kNoMember && file.own_boot != 0);
  in.Require(founded ? IsComplete(settings) : settings == ClusterSettings{});
  return in.ok();
}

void AppendMember(std::vector<std::byte>& out, const RememberedMember& member) {
  DatagramWriter writer(out);
  writer.Array(2);
  writer.Number(member.last_seen.ms);
  if (member.record.IsLive()) {
    writer.Array(kRecordFields);
    WriteRecordFields(writer, member.record);
  } else {
    writer.Array(kTombstoneFields);
    WriteTombstoneFields(writer, member.record);
  }
}

std::optional<RememberedMember> ReadMember(ByteSpan bytes) {
  const MsgpackTokens tokens = ParseMsgpack(bytes, kLimits);
  MsgpackReader in(tokens);
  RememberedMember member;
  member.last_seen.ms = in.Number<std::uint64_t>();
  MsgpackReader fields = in.Array();
  member.record = ReadMemberFields(fields);
  in.Require(fields.ok());
  if (!in.ok()) return std::nullopt;
  return member;
}

bool ReadBody(ByteSpan bytes, MemberFile& file) {
  BodyReader body(bytes);
  if (!ReadHead(body.Part(), file)) return false;
  const auto count = body.Number<std::uint32_t>();
  if (!body.ok() || count > kMaxMemberFileMembers || count > body.left() / kLeastMemberBytes) {
    return false;
  }
  file.remembered.members.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto member = ReadMember(body.Part());
    if (!body.ok() || !member) return false;
    file.remembered.members.push_back(*std::move(member));
  }
  const bool something_without_a_cluster = count > 0 && !file.remembered.foundation.IsFounded();
  return body.left() == 0 && !something_without_a_cluster;
}

// What the next life of this process will say of itself.
std::uint8_t RolesAfter(const MemberRecord& self, std::uint8_t roles) {
  constexpr std::uint8_t kBoth = kRoleReturned | kRoleOwnsStill;
  if (!self.IsStorage() || self.IsMemoryOnly()) return roles;
  if (self.state == MemberState::kLeft && self.leave_kind == LeaveKind::kEmptied) {
    return roles & static_cast<std::uint8_t>(~kBoth);
  }
  if (self.phase == Phase::kReady) return roles | kBoth;
  if (self.phase == Phase::kDraining) return roles & static_cast<std::uint8_t>(~kRoleOwnsStill);
  return roles;
}

WallTime Earlier(WallTime wall, Duration by) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(ToMilliseconds(by), 0));
  return {wall.ms > ms ? wall.ms - ms : 0};
}

}  // namespace

std::vector<std::byte> EncodeMemberFile(const MemberFile& file) {
  VF_CHECK(file.remembered.members.size() <= kMaxMemberFileMembers, "too many members");
  std::vector<std::byte> out(kBodyAt);
  constexpr std::size_t kTypicalMemberBytes = 90;
  out.reserve(512 + kTypicalMemberBytes * file.remembered.members.size());
  const ByteSpan magic = AsBytes(kMagic);
  std::copy(magic.begin(), magic.end(), out.begin());
  StoreBigEndian(out.data() + kFormatAt, kMemberFileFormat);
  AppendPart(out, [&] { AppendHead(out, file); });
  AppendBigEndian(out, static_cast<std::uint32_t>(file.remembered.members.size()));
  for (const RememberedMember& member : file.remembered.members) {
    AppendPart(out, [&] { AppendMember(out, member); });
  }
  StoreBigEndian(out.data() + kChecksumAt, ChecksumOf(out));
  return out;
}

std::variant<MemberFile, MemberFileProblem> DecodeMemberFile(ByteSpan bytes) {
  if (bytes.size() < kBodyAt || bytes.size() > kMaxMemberFileBytes ||
      AsText(bytes.first(kMagic.size())) != kMagic ||
      LoadBigEndian<std::uint64_t>(bytes.data() + kChecksumAt) != ChecksumOf(bytes)) {
    return MemberFileProblem::kDamaged;
  }
  const auto format = LoadBigEndian<std::uint32_t>(bytes.data() + kFormatAt);
  if (format > kMemberFileFormat) return MemberFileProblem::kNewerFormat;
  MemberFile file;
  if (format == 0 || !ReadBody(bytes.subspan(kBodyAt), file)) return MemberFileProblem::kDamaged;
  return file;
}

MemberFile NextMemberFile(const MemberFile& before, const MembershipSnapshot& membership,
                          TimePoint now, WallTime wall, Duration tombstone_age) {
  MemberFile file;
  file.cluster = before.cluster;
  file.own_id = before.own_id;
  file.own_boot = before.own_boot;
  file.own_roles = before.own_roles;
  file.own_seat = before.own_seat;
  file.remembered.foundation = membership.foundation;
  file.remembered.settings = membership.settings;
  if (!membership.foundation.IsFounded()) file.remembered.settings = {};
  std::vector<RememberedMember>& members = file.remembered.members;
  if (membership.foundation.IsFounded()) members.reserve(membership.members.size());
  for (const Member& member : membership.members) {
    if (member.record.key() == membership.self) {
      file.own_boot = std::max(file.own_boot, member.record.boot);
      file.own_seat = member.record.seat;
      file.own_roles = RolesAfter(member.record, file.own_roles);
    } else if (membership.foundation.IsFounded()) {
      const bool alive = member.record.state == MemberState::kAlive;
      RememberedMember& kept = members.emplace_back();
      kept.record = member.record;
      kept.last_seen = alive ? wall : Earlier(wall, now - member.since);
    }
  }
  if (before.remembered.foundation != membership.foundation) return file;
  // Both are sorted by key.
  const WallTime oldest = Earlier(wall, tombstone_age);
  std::vector<RememberedMember> forgotten;
  auto known = membership.members.begin();
  for (const RememberedMember& old : before.remembered.members) {
    while (known != membership.members.end() && known->record.key() < old.record.key()) ++known;
    if (known != membership.members.end() && known->record.key() == old.record.key()) continue;
    if (old.last_seen > oldest) forgotten.push_back(old);
  }
  const std::size_t room = kMaxTombstones;
  if (forgotten.size() > room) {
    const auto later = [](const RememberedMember& a, const RememberedMember& b) {
      return a.last_seen > b.last_seen;
    };
    std::nth_element(forgotten.begin(), forgotten.begin() + room, forgotten.end(), later);
    forgotten.resize(room);
  }
  members.insert(members.end(), forgotten.begin(), forgotten.end());
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.record.key() < b.record.key(); });
  return file;
}

}  // namespace vf
