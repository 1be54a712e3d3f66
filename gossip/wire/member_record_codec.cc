#include "gossip/wire/member_record_codec.h"

#include "gossip/wire/member_fields.h"

namespace vf {
namespace {

// Room for what newer releases append.
constexpr std::size_t kMostFields = 32;
constexpr MsgpackLimits kLimits = {
    .elements = kMostFields, .tokens = 1 + kMostFields, .depth = 1, .text_bytes = 255};

}  // namespace

std::vector<std::byte> EncodeMemberRecord(const MemberRecord& record) {
  std::vector<std::byte> bytes;
  bytes.reserve(64);
  DatagramWriter out(bytes);
  if (record.IsLive()) {
    out.Array(kRecordFields);
    WriteRecordFields(out, record);
  } else {
    out.Array(kTombstoneFields);
    WriteTombstoneFields(out, record);
  }
  return bytes;
}

std::optional<MemberRecord> DecodeMemberRecord(ByteSpan bytes) {
  const MsgpackTokens tokens = ParseMsgpack(bytes, kLimits);
  MsgpackReader in(tokens);
  MemberRecord record = ReadMemberFields(in);
  if (!in.ok()) return std::nullopt;
  return record;
}

}  // namespace vf
