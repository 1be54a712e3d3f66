#include "gossip/wire/codec.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/hash64.h"
#include "gossip/wire/message_codec.h"

namespace vf {
namespace {

// Array heads that a builder adds at the end, at their longest: messages; BATCH, its type, list.
constexpr std::size_t kMessagesHeadBytes = 3;
constexpr std::size_t kBatchHeadBytes = 1 + 1 + 3;

// The head of an array of so many elements is one byte, with their number in its low bits.
constexpr std::size_t kShortestArray = 15;

// Each token takes at least a byte of the datagram: 34 KB at most.
constexpr MsgpackLimits kLimits = {.elements = kMaxMessages,
                                   .tokens = kMaxDatagramBytes,
                                   .depth = kMaxNesting,
                                   .text_bytes = kMaxTextBytes};

std::optional<Packet> ReadPacket(ByteSpan body) {
  const MsgpackTokens tokens = ParseMsgpack(body, kLimits);
  MsgpackReader in(tokens);
  Packet packet;
  packet.header.cluster_hash = in.Number<std::uint32_t>();
  packet.header.key = in.Number<MemberKey>();
  in.Require(packet.header.key != kNoMember);
  packet.header.boot32 = in.Number<std::uint32_t>();
  packet.header.incarnation = in.Number<std::uint32_t>();
  packet.header.view_hash = in.Number<std::uint64_t>();
  packet.header.view_members = in.Number<std::uint32_t>();
  packet.header.local_health = in.Number<std::uint8_t>();
  MsgpackReader list = in.Array();
  packet.messages.reserve(list.left());
  while (list.left() > 0) {
    MsgpackReader item = list.Array();
    Message message;
    if (ReadMessage(item, message)) packet.messages.push_back(std::move(message));
    list.Require(item.ok());
  }
  if (!in.ok() || !list.ok()) return std::nullopt;
  return packet;
}

}  // namespace

std::variant<Packet, DropReason> DecodePacket(ByteSpan datagram) {
  if (datagram.size() <= kDatagramPrefixBytes || datagram.size() > kMaxDatagramBytes) {
    return DropReason::kSize;
  }
  if (datagram[0] != std::byte{'V'} || datagram[1] != std::byte{'F'}) return DropReason::kMagic;
  if (datagram[2] != std::byte{kFormatVersion}) return DropReason::kVersion;
  const auto flags = std::to_integer<std::uint8_t>(datagram[3]);
  if ((flags & kFlagAuthenticated) != 0) return DropReason::kSigned;
  if ((flags & kFlagCompressed) != 0) return DropReason::kFlags;
  const ByteSpan body = datagram.subspan(kDatagramPrefixBytes);
  if (LoadBigEndian<std::uint32_t>(datagram.data() + 4) != Checksum32(body)) {
    return DropReason::kChecksum;
  }
  std::optional<Packet> packet = ReadPacket(body);
  if (!packet) return DropReason::kDecode;
  packet->heal = (flags & kFlagHeal) != 0;
  return std::move(*packet);
}

std::vector<std::byte> EncodeUpdate(const Update& update) {
  std::vector<std::byte> bytes;
  bytes.reserve(80);  // a record with a v4 address has 70
  DatagramWriter out(bytes);
  WriteUpdate(out, update);
  return bytes;
}

DatagramBuilder::DatagramBuilder(const PacketHeader& header, bool heal, std::size_t max_bytes)
    : max_bytes_(max_bytes) {
  VF_CHECK(max_bytes <= kMaxDatagramBytes, "a datagram that nobody takes");
  bytes_.reserve(128);  // a ping or an ack
  bytes_.resize(kDatagramPrefixBytes);
  bytes_[0] = std::byte{'V'};
  bytes_[1] = std::byte{'F'};
  bytes_[2] = std::byte{kFormatVersion};
  bytes_[3] = std::byte{heal ? kFlagHeal : std::uint8_t{0}};
  DatagramWriter out(bytes_);
  out.Array(8);
  out.Number(header.cluster_hash);
  out.Number(header.key);
  out.Number(header.boot32);
  out.Number(header.incarnation);
  out.Number(header.view_hash);
  out.Number(header.view_members);
  out.Number(header.local_health);
  messages_at_ = bytes_.size();
  out.Array(0);
}

std::size_t DatagramBuilder::BytesWith(std::size_t update_bytes) const {
  return bytes_.size() - 1 + kMessagesHeadBytes +
         (updates_ > 0 || update_bytes > 0 ? kBatchHeadBytes : 0) + update_bytes_.size() +
         update_bytes;
}

bool DatagramBuilder::Add(const Message& message) {
  const std::size_t before = bytes_.size();
  DatagramWriter out(bytes_);
  WriteMessage(out, message);
  if (messages_ + 2 > kMaxMessages || BytesWith(0) > max_bytes_) {
    bytes_.resize(before);
    return false;
  }
  if (messages_ == 0) kind_ = message.index();
  ++messages_;
  return true;
}

bool DatagramBuilder::AddUpdate(ByteSpan encoded_update) {
  if (updates_ + 1 > kMaxMessages || BytesWith(encoded_update.size()) > max_bytes_) {
    return false;
  }
  update_bytes_.insert(update_bytes_.end(), encoded_update.begin(), encoded_update.end());
  ++updates_;
  return true;
}

std::vector<std::byte> DatagramBuilder::Finish() const { return DatagramBuilder(*this).Take(); }

std::vector<std::byte> DatagramBuilder::Take() {
  if (updates_ > 0) {
    DatagramWriter out(bytes_);
    out.Array(2);
    out.Value(MessageType::kBatch);
    out.Array(updates_);
    bytes_.insert(bytes_.end(), update_bytes_.begin(), update_bytes_.end());
    ++messages_;
  }
  if (messages_ <= kShortestArray) {
    bytes_[messages_at_] |= static_cast<std::byte>(messages_);
  } else {
    std::vector<std::byte> head;
    DatagramWriter(head).Array(messages_);
    const auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(messages_at_);
    bytes_.insert(bytes_.erase(at), head.begin(), head.end());
  }
  VF_CHECK(bytes_.size() <= max_bytes_, "a datagram outgrew its limit");
  StoreBigEndian(bytes_.data() + 4, Checksum32(ByteSpan(bytes_).subspan(kDatagramPrefixBytes)));
  return std::move(bytes_);
}

std::vector<std::byte> EncodePacket(const Packet& packet) {
  DatagramBuilder builder(packet.header, packet.heal);
  for (const Message& message : packet.messages) {
    VF_CHECK(builder.Add(message), "a packet that does not fit a datagram");
  }
  return builder.Take();
}

}  // namespace vf
