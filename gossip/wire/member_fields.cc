#include "gossip/wire/member_fields.h"

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace vf {
namespace {

// The order of the statements below is the order of the fields.

// What both forms begin with: key, id, boot, incarnation, state.
void WriteIdentity(DatagramWriter& out, const MemberRecord& r) {
  out.Number(r.key());
  const bool id_known = std::any_of(r.id.bytes.begin() + 8, r.id.bytes.end(),
                                    [](std::byte b) { return b != std::byte{0}; });
  if (id_known) {
    out.Bin(r.id.bytes);
  } else {
    out.Nil();
  }
  out.Number(r.boot);
  out.Number(r.incarnation);
  out.Value(r.state);
}

void ReadIdentity(MsgpackReader& in, MemberRecord& r) {
  const auto key = in.Number<MemberKey>();
  if (in.TakeNil()) {
    StoreBigEndian(r.id.bytes.data(), key);  // the key alone is known
  } else {
    const ByteSpan id = in.Bin();
    in.Require(id.size() == r.id.bytes.size());
    if (in.ok()) std::copy(id.begin(), id.end(), r.id.bytes.begin());
  }
  in.Require(key != kNoMember && r.key() == key);
  r.boot = in.Number<std::uint64_t>();
  r.incarnation = in.Number<std::uint32_t>();
  r.state = in.Value(MemberState::kLeft);
}

// What follows it in a Member record.
void ReadLiving(MsgpackReader& in, MemberRecord& r) {
  r.endpoint = ReadEndpoint(in);
  r.roles = in.Number<std::uint8_t>();
  r.seat = in.Number<std::uint64_t>();
  r.zone = in.Text(kMaxZoneBytes);
  r.proto_min = in.Number<std::uint8_t>();
  r.proto_max = in.Number<std::uint8_t>();
  r.meta_version = in.Number<std::uint32_t>();
  r.phase = in.Value(Phase::kDraining);
  r.replicas = in.Number<std::uint8_t>();
  r.partition_digits = in.Number<std::uint8_t>();
}

// What follows it in a tombstone.
void ReadEnd(MsgpackReader& in, MemberRecord& r) {
  if (r.state == MemberState::kLeft) {
    r.leave_kind = in.Value(LeaveKind::kEmptied);
  } else {
    r.death_reason = in.Value(DeathReason::kOperator);
  }
  r.endpoint = ReadEndpoint(in);
  r.roles = in.Number<std::uint8_t>();
  r.seat = in.Number<std::uint64_t>();
  r.owned_at_end = in.Flag();
  r.age_s = in.Number<std::uint32_t>();
}

}  // namespace

void WriteEndpoint(DatagramWriter& out, const Endpoint& endpoint) {
  out.Bin(endpoint.address_bytes());
  out.Number(endpoint.port());
}

Endpoint ReadEndpoint(MsgpackReader& in) {
  const ByteSpan address = in.Bin();
  const auto port = in.Number<std::uint16_t>();
  const std::optional<Endpoint> endpoint = Endpoint::FromBytes(address, port);
  in.Require(endpoint.has_value());
  return in.ok() ? *endpoint : Endpoint();
}

Foundation ReadFoundation(MsgpackReader& in) {
  const ByteSpan bytes = in.Bin();
  if (bytes.empty()) return {};
  in.Require(bytes.size() == 16);
  if (!in.ok()) return {};
  const Foundation foundation{LoadBigEndian<std::uint64_t>(bytes.data()),
                              LoadBigEndian<std::uint64_t>(bytes.data() + 8)};
  in.Require(foundation.IsFounded());
  return foundation;
}

void WriteRecordFields(DatagramWriter& out, const MemberRecord& r) {
  WriteIdentity(out, r);
  WriteEndpoint(out, r.endpoint);
  out.Number(r.roles);
  out.Number(r.seat);
  out.Text(r.zone.text());
  out.Number(r.proto_min);
  out.Number(r.proto_max);
  out.Number(r.meta_version);
  out.Value(r.phase);
  out.Number(r.replicas);
  out.Number(r.partition_digits);
}

void WriteTombstoneFields(DatagramWriter& out, const MemberRecord& r) {
  WriteIdentity(out, r);
  if (r.state == MemberState::kLeft) {
    out.Value(r.leave_kind);
  } else {
    out.Value(r.death_reason);
  }
  WriteEndpoint(out, r.endpoint);
  out.Number(r.roles);
  out.Number(r.seat);
  out.Flag(r.owned_at_end);
  out.Number(r.age_s);
}

MemberRecord ReadRecordFields(MsgpackReader& in) {
  MemberRecord r;
  ReadIdentity(in, r);
  ReadLiving(in, r);
  return r;
}

MemberRecord ReadTombstoneFields(MsgpackReader& in) {
  MemberRecord r;
  ReadIdentity(in, r);
  in.Require(!r.IsLive());
  ReadEnd(in, r);
  return r;
}

MemberRecord ReadMemberFields(MsgpackReader& in) {
  MemberRecord r;
  ReadIdentity(in, r);
  if (r.IsLive()) {
    ReadLiving(in, r);
  } else {
    ReadEnd(in, r);
  }
  return r;
}

}  // namespace vf
