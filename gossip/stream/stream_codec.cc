#include "gossip/stream/stream_codec.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "gossip/stream/frame_reader.h"
#include "gossip/wire/member_fields.h"

namespace vf {
namespace {

constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kPartFields = 3;
// Room for what newer releases append.
constexpr std::size_t kMaxFields = 32;
constexpr MsgpackLimits kSmallLimits = {
    .elements = kMaxFields, .tokens = 1 + kMaxFields, .depth = 1, .text_bytes = 255};
// Frame, list of records, record.
constexpr MsgpackLimits kPartLimits = {
    .elements = kMaxPartRecords,
    .tokens = 1 + kMaxFields + kMaxPartRecords * (1 + kMaxFields),
    .depth = 3,
    .text_bytes = 255};
static_assert(kRecordFields < kMaxFields && kTombstoneFields < kMaxFields);

// --- Writing ---

class FrameWriter {
 public:
  FrameWriter(DatagramWriter& out, std::uint64_t request) : out_(out), request_(request) {}

  void operator()(const Echo& m) {
    Head(StreamFrameType::kEcho, 5);
    out_.Number(m.nonce);
    out_.Number(m.key);
    out_.Number(m.boot);
    out_.Value(m.status);
    out_.Number(m.incarnation);
  }
  void operator()(const EchoOk& m) {
    Head(StreamFrameType::kEchoOk, 4);
    out_.Number(m.nonce);
    out_.Number(m.key);
    out_.Number(m.boot);
    out_.Number(m.incarnation);
  }
  void operator()(const ExchangeDigests& m) {
    Head(StreamFrameType::kExchange, 1);
    std::vector<std::byte> bytes(m.digests.size() * 8);
    for (std::size_t i = 0; i < m.digests.size(); ++i) {
      StoreBigEndian(bytes.data() + 8 * i, m.digests[i]);
    }
    out_.Bin(bytes);
  }
  void operator()(const Exchange&) { VF_CHECK(false, "a PART has a writer of its own"); }
  void operator()(const ExchangeEnd& m) {
    Head(StreamFrameType::kEnd, 3);
    out_.Number(m.view_hash);
    out_.Number(m.view_members);
    out_.Bin(std::as_bytes(std::span(m.differing)));
  }
  void operator()(const ExchangeBusy& m) {
    Head(StreamFrameType::kBusy, 1);
    out_.Number(m.retry_ms);
  }

 private:
  void Head(StreamFrameType type, std::size_t fields) {
    out_.Array(fields + 2);
    out_.Value(type);
    out_.Number(request_);
  }

  DatagramWriter& out_;
  const std::uint64_t request_;
};

// --- Reading ---

Echo ReadEcho(MsgpackReader& in) {
  Echo m;
  m.nonce = in.Number<std::uint64_t>();
  m.key = in.Number<MemberKey>();
  m.boot = in.Number<std::uint64_t>();
  m.status = in.Value(MemberState::kLeft);
  m.incarnation = in.Number<std::uint32_t>();
  return m;
}

EchoOk ReadEchoOk(MsgpackReader& in) {
  EchoOk m;
  m.nonce = in.Number<std::uint64_t>();
  m.key = in.Number<MemberKey>();
  in.Require(m.key != kNoMember);
  m.boot = in.Number<std::uint64_t>();
  m.incarnation = in.Number<std::uint32_t>();
  return m;
}

ExchangeDigests ReadExchangeDigests(MsgpackReader& in) {
  ExchangeDigests m;
  const ByteSpan bytes = in.Bin();
  in.Require(bytes.empty() || bytes.size() == kViewBuckets * 8);
  if (!in.ok()) return m;
  for (std::size_t at = 0; at < bytes.size(); at += 8) {
    m.digests.push_back(LoadBigEndian<std::uint64_t>(bytes.data() + at));
  }
  return m;
}

Exchange ReadPart(MsgpackReader& in) {
  Exchange m;
  m.bucket = in.Number<std::uint8_t>();
  m.members = in.List<MemberRecord>(ReadRecordFields);
  m.tombstones = in.List<MemberRecord>(ReadTombstoneFields);
  in.Require(m.members.size() + m.tombstones.size() <= kMaxPartRecords);
  return m;
}

ExchangeEnd ReadEnd(MsgpackReader& in) {
  ExchangeEnd m;
  m.view_hash = in.Number<std::uint64_t>();
  m.view_members = in.Number<std::uint32_t>();
  const ByteSpan differing = in.Bin();
  in.Require(differing.size() <= kViewBuckets);
  if (!in.ok()) return m;
  for (const std::byte bucket : differing) {
    m.differing.push_back(std::to_integer<std::uint8_t>(bucket));
  }
  in.Require(std::adjacent_find(m.differing.begin(), m.differing.end(), std::greater_equal<>()) ==
             m.differing.end());
  return m;
}

ExchangeBusy ReadBusy(MsgpackReader& in) { return {in.Number<std::uint32_t>()}; }

StreamMessage ReadMessageOf(StreamFrameType type, MsgpackReader& in) {
  switch (type) {
    case StreamFrameType::kEcho:
      return ReadEcho(in);
    case StreamFrameType::kEchoOk:
      return ReadEchoOk(in);
    case StreamFrameType::kExchange:
      return ReadExchangeDigests(in);
    case StreamFrameType::kPart:
      return ReadPart(in);
    case StreamFrameType::kEnd:
      return ReadEnd(in);
    case StreamFrameType::kBusy:
      break;
  }
  return ReadBusy(in);
}

}  // namespace

bool IsStreamType(std::uint8_t type) {
  return type >= static_cast<std::uint8_t>(StreamFrameType::kEcho) &&
         type <= static_cast<std::uint8_t>(StreamFrameType::kBusy);
}

bool IsStreamOpening(std::uint8_t type) {
  return type == static_cast<std::uint8_t>(StreamFrameType::kEcho) ||
         type == static_cast<std::uint8_t>(StreamFrameType::kExchange);
}

std::string EncodeStreamFrame(const StreamFrame& frame) {
  if (const auto* part = std::get_if<Exchange>(&frame.message)) {
    std::string bytes;
    AppendPart(frame.request, EncodePartFields(*part), bytes);
    return bytes;
  }
  std::vector<std::byte> bytes(kLengthBytes);
  DatagramWriter out(bytes);
  std::visit(FrameWriter(out, frame.request), frame.message);
  StoreBigEndian(bytes.data(), static_cast<std::uint32_t>(bytes.size() - kLengthBytes));
  return std::string(AsText(bytes));
}

std::string EncodePartFields(const Exchange& part) {
  VF_CHECK(part.members.size() + part.tombstones.size() <= kMaxPartRecords, "too long a PART");
  std::vector<std::byte> bytes;
  DatagramWriter out(bytes);
  out.Number(part.bucket);
  out.Array(part.members.size());
  for (const MemberRecord& r : part.members) {
    out.Array(kRecordFields);
    WriteRecordFields(out, r);
  }
  out.Array(part.tombstones.size());
  for (const MemberRecord& r : part.tombstones) {
    out.Array(kTombstoneFields);
    WriteTombstoneFields(out, r);
  }
  return std::string(AsText(bytes));
}

void AppendPart(std::uint64_t request, std::string_view fields, std::string& out) {
  std::vector<std::byte> head(kLengthBytes);
  DatagramWriter writer(head);
  writer.Array(2 + kPartFields);
  writer.Value(StreamFrameType::kPart);
  writer.Number(request);
  const std::size_t body = head.size() - kLengthBytes + fields.size();
  VF_CHECK(body <= kMaxStreamBodyBytes, "a frame beyond its limit");
  StoreBigEndian(head.data(), static_cast<std::uint32_t>(body));
  out += AsText(head);
  out += fields;
}

std::optional<StreamFrame> DecodeStreamFrame(ByteSpan body) {
  const std::optional<std::uint8_t> type = FrameTypeOf(body);
  if (!type || !IsStreamType(*type) || body.size() > kMaxStreamBodyBytes) return std::nullopt;
  const auto known = static_cast<StreamFrameType>(*type);
  const MsgpackTokens tokens =
      ParseMsgpack(body, known == StreamFrameType::kPart ? kPartLimits : kSmallLimits);
  MsgpackReader in(tokens);
  in.Require(in.Number<std::uint8_t>() == *type);
  StreamFrame frame;
  frame.request = in.Number<std::uint64_t>();
  frame.message = ReadMessageOf(known, in);
  if (!in.ok()) return std::nullopt;
  return frame;
}

}  // namespace vf
