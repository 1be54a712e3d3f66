#include "gossip/seal/datagram_seal.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/check.h"
#include "base/hash64.h"

namespace vf {
namespace {

constexpr std::size_t kFlagsAt = 3;
constexpr std::size_t kChecksumAt = 4;

void StoreChecksum(std::byte* datagram, std::size_t size) {
  StoreBigEndian(datagram + kChecksumAt,
                 Checksum32(ByteSpan(datagram, size).subspan(kDatagramPrefixBytes)));
}

struct Sender {
  MemberKey key = kNoMember;
  std::uint32_t boot32 = 0;
};

// Reads the first elements of a packet's array without the rest: the core decodes it all anyway.
class PacketHead {
 public:
  explicit PacketHead(ByteSpan body) : left_(body) {}

  // The head of an array of any length.
  bool SkipArrayHead() {
    const std::uint64_t head = Take(1);
    if (head == 0xdc) return Take(2), ok_;
    return ok_ && (head & 0xf0) == 0x90;
  }

  // An unsigned number of any width.
  std::optional<std::uint64_t> Number() {
    const std::uint64_t head = Take(1);
    if (!ok_) return std::nullopt;
    if (head < 0x80) return head;
    if (head < 0xcc || head > 0xcf) return std::nullopt;
    const std::uint64_t value = Take(std::size_t{1} << (head - 0xcc));
    return ok_ ? std::optional(value) : std::nullopt;
  }

 private:
  std::uint64_t Take(std::size_t bytes) {
    ok_ = ok_ && left_.size() >= bytes;
    if (!ok_) return 0;
    std::uint64_t value = 0;
    for (const std::byte b : left_.first(bytes)) {
      value = value << 8 | std::to_integer<std::uint64_t>(b);
    }
    left_ = left_.subspan(bytes);
    return value;
  }

  ByteSpan left_;
  bool ok_ = true;
};

std::optional<Sender> ReadSender(ByteSpan body) {
  PacketHead head(body);
  if (!head.SkipArrayHead() || !head.Number()) return std::nullopt;
  const auto key = head.Number();
  const auto boot32 = head.Number();
  if (!key || !boot32 || *boot32 > 0xffffffff) return std::nullopt;
  return Sender{*key, static_cast<std::uint32_t>(*boot32)};
}

bool IsSigned(ByteSpan datagram) {
  return (std::to_integer<std::uint8_t>(datagram[kFlagsAt]) & kFlagAuthenticated) != 0;
}

// None: it has the prefix of our datagrams.
std::optional<DropReason> JudgePrefix(ByteSpan datagram) {
  if (datagram.size() <= kDatagramPrefixBytes || datagram.size() > kMaxDatagramBytes) {
    return DropReason::kSize;
  }
  if (datagram[0] != std::byte{'V'} || datagram[1] != std::byte{'F'}) return DropReason::kMagic;
  if (datagram[2] != std::byte{kFormatVersion}) return DropReason::kVersion;
  return std::nullopt;
}

// Writes `datagram`, which has a seal, to `out` without it.
ByteSpan WithoutSeal(ByteSpan datagram, std::span<std::byte> out) {
  const std::size_t size = datagram.size() - kSealBytes;
  std::copy_n(datagram.begin(), size, out.begin());
  out[kFlagsAt] &= ~std::byte{kFlagAuthenticated};
  StoreChecksum(out.data(), size);
  return out.first(size);
}

}  // namespace

DatagramSeal::DatagramSeal(const ClusterKeys& keys) {
  for (const ClusterKey& key : keys.keys()) {
    keys_.push_back({key.id, MessageAuth(AsBytes(key.secret))});
  }
}

void DatagramSeal::Seal(std::vector<std::byte>& datagram) {
  if (!signs()) return;
  VF_CHECK(datagram.size() <= kMaxUnsealedBytes, "a datagram without room for its seal");
  const std::size_t unsealed = datagram.size();
  const std::size_t signed_bytes = unsealed + kSealBytes - kSealTagBytes;
  datagram.resize(unsealed + kSealBytes);
  datagram[kFlagsAt] |= std::byte{kFlagAuthenticated};
  datagram[unsealed] = std::byte{keys_.front().id};
  StoreBigEndian(datagram.data() + unsealed + 1, ++counter_);
  StoreChecksum(datagram.data(), signed_bytes);
  const MessageAuth::Tag tag = keys_.front().auth.Sign(ByteSpan(datagram).first(signed_bytes));
  std::copy_n(tag.begin(), kSealTagBytes,
              datagram.begin() + static_cast<std::ptrdiff_t>(signed_bytes));
  counters_.seal_bytes_out += kSealBytes;
}

std::variant<ByteSpan, DropReason> DatagramSeal::Open(ByteSpan datagram) {
  const std::variant<ByteSpan, DropReason> result = Verify(datagram);
  if (const DropReason* reason = std::get_if<DropReason>(&result)) {
    ++counters_.dropped;
    counters_.dropped_bytes += datagram.size();
    ++counters_.drops[static_cast<std::size_t>(*reason)];
  }
  return result;
}

std::variant<ByteSpan, DropReason> DatagramSeal::Verify(ByteSpan datagram) {
  const std::optional<DropReason> foreign = JudgePrefix(datagram);
  if (!signs()) {  // The rest is for the core to judge.
    if (!foreign && IsSigned(datagram)) return DropReason::kSigned;
    return datagram;
  }
  if (foreign) return *foreign;
  if (!IsSigned(datagram)) return DropReason::kUnsigned;
  if (datagram.size() <= kDatagramPrefixBytes + kSealBytes) return DropReason::kSize;
  // Damage on the way is told apart from another key.
  const ByteSpan checked = datagram.subspan(kDatagramPrefixBytes,
                                            datagram.size() - kDatagramPrefixBytes - kSealTagBytes);
  if (LoadBigEndian<std::uint32_t>(datagram.data() + kChecksumAt) != Checksum32(checked)) {
    return DropReason::kChecksum;
  }
  if (!HasRightTag(datagram)) return DropReason::kBadTag;
  const std::size_t unsealed = datagram.size() - kSealBytes;
  const auto sender =
      ReadSender(datagram.subspan(kDatagramPrefixBytes, unsealed - kDatagramPrefixBytes));
  if (!sender) return DropReason::kDecode;
  const auto counter = LoadBigEndian<std::uint64_t>(datagram.data() + unsealed + 1);
  if (!windows_.Accept(sender->key, sender->boot32, counter)) return DropReason::kReplay;
  counters_.seal_bytes_in += kSealBytes;
  return WithoutSeal(datagram, opened_);
}

bool DatagramSeal::HasRightTag(ByteSpan datagram) {
  const auto id = std::to_integer<std::uint8_t>(datagram[datagram.size() - kSealBytes]);
  const ByteSpan message = datagram.first(datagram.size() - kSealTagBytes);
  const ByteSpan tag = datagram.last(kSealTagBytes);
  return std::any_of(keys_.begin(), keys_.end(), [&](Key& key) {
    return key.id == id && SameTag(ByteSpan(key.auth.Sign(message)).first(kSealTagBytes), tag);
  });
}

std::optional<Packet> ReadUnverified(ByteSpan datagram) {
  if (JudgePrefix(datagram)) return std::nullopt;
  std::array<std::byte, kMaxDatagramBytes> bytes;
  if (IsSigned(datagram)) {
    if (datagram.size() <= kDatagramPrefixBytes + kSealBytes) return std::nullopt;
    datagram = WithoutSeal(datagram, bytes);
  }
  auto decoded = DecodePacket(datagram);
  if (Packet* packet = std::get_if<Packet>(&decoded)) return std::move(*packet);
  return std::nullopt;
}

}  // namespace vf
