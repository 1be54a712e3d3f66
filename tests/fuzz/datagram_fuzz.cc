// Any bytes as a gossip datagram: dropped, or a packet that survives encoding; and a Swim that gets
// it from a stranger goes on.
//
// The checksum would stop nearly all inputs: the input is the body, the prefix is put in front.
// With a cluster key the tag would stop all of them: the input is also signed, and opened again;
// and given to a process with a key as it is.
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash64.h"
#include "gossip/seal/datagram_seal.h"
#include "gossip/swim.h"
#include "gossip/wire/codec.h"

namespace vf {
namespace {

constexpr WallTime kWall{1'800'000'000'000};

std::vector<std::byte> WithPrefix(ByteSpan body) {
  std::vector<std::byte> bytes(kDatagramPrefixBytes);
  bytes[0] = std::byte{'V'};
  bytes[1] = std::byte{'F'};
  bytes[2] = std::byte{kFormatVersion};
  StoreBigEndian(bytes.data() + 4, Checksum32(body));
  bytes.insert(bytes.end(), body.begin(), body.end());
  return bytes;
}

void EncodesToTheSame(const Packet& packet) {
  DatagramBuilder builder(packet.header, packet.heal);
  for (const Message& message : packet.messages) {
    if (!builder.Add(message))
      return;  // Came in a shorter array head than the builder reckons with.
  }
  const std::vector<std::byte> bytes = builder.Finish();
  const auto again = DecodePacket(bytes);
  VF_CHECK(std::holds_alternative<Packet>(again), "what is encoded can be decoded");
  VF_CHECK(std::get<Packet>(again) == packet, "nothing is lost by encoding");
}

void Receive(std::uint32_t cluster_hash, ByteSpan datagram) {
  MemberRecord self;
  StoreBigEndian(self.id.bytes.data(), std::uint64_t{1});
  self.boot = kWall.ms / 64;
  self.endpoint = Endpoint::Loopback(8000);
  self.roles = kRoleStorage;
  SwimConfig config = SwimConfig::Lan();
  config.cluster_hash = cluster_hash;
  const TimePoint now{seconds(1)};
  Swim swim(config, self, {}, now, kWall, Rng(1));
  swim.OnDatagram(now, kWall, Endpoint::Loopback(8001), datagram);
  swim.OnDatagram(now, kWall, Endpoint::Loopback(8001), datagram);
  swim.OnTimer(now + milliseconds(5), kWall);
  SwimOutputs out;
  swim.TakeOutputs(out);
  for (const OutgoingDatagram& d : out.datagrams) {
    VF_CHECK(d.bytes.size() <= kMaxDatagramBytes, "a datagram that is too long");
    VF_CHECK(std::holds_alternative<Packet>(DecodePacket(d.bytes)), "an answer nobody can read");
  }
  VF_CHECK(swim.Snapshot().members.size() <= 64, "more members than one datagram can name");
}

const ClusterKeys& Keys() {
  static const ClusterKeys keys = *ClusterKeys::Parse("0123456789abcdef\nfedcba9876543210\n");
  return keys;
}

// Anything that somebody with a key signs comes out as it went in, once; or is dropped, if it does
// not even say who sent it. Nothing else comes out.
void SignsAndOpens(const std::vector<std::byte>& datagram) {
  DatagramSeal sender(Keys());
  DatagramSeal receiver(Keys());
  DatagramSeal keyless{ClusterKeys()};
  VF_CHECK(std::holds_alternative<DropReason>(receiver.Open(datagram)), "unsigned, yet taken");
  static_cast<void>(ReadUnverified(datagram));
  if (datagram.size() > kMaxUnsealedBytes || datagram.size() <= kDatagramPrefixBytes) return;
  std::vector<std::byte> sealed = datagram;
  sender.Seal(sealed);
  VF_CHECK(std::holds_alternative<DropReason>(keyless.Open(sealed)), "signed, taken without a key");
  const auto opened = receiver.Open(sealed);
  if (const ByteSpan* plain = std::get_if<ByteSpan>(&opened)) {
    VF_CHECK(std::vector<std::byte>(plain->begin(), plain->end()) == datagram,
             "a seal has changed what it seals");
    const auto again = receiver.Open(sealed);
    VF_CHECK(std::get<DropReason>(again) == DropReason::kReplay, "taken twice");
  }
  static_cast<void>(ReadUnverified(sealed));
  sealed[datagram.size() / 2] ^= std::byte{1};
  VF_CHECK(std::holds_alternative<DropReason>(DatagramSeal(Keys()).Open(sealed)),
           "changed, yet taken");
}

// The input itself behind the head of a signed datagram.
void OpensForgeries(ByteSpan input) {
  DatagramSeal receiver(Keys());
  std::vector<std::byte> bytes = WithPrefix(input);
  bytes[3] = std::byte{kFlagAuthenticated};
  if (bytes.size() > kDatagramPrefixBytes + kSealTagBytes) {
    const std::size_t checked = bytes.size() - kDatagramPrefixBytes - kSealTagBytes;
    StoreBigEndian(bytes.data() + 4,
                   Checksum32(ByteSpan(bytes).subspan(kDatagramPrefixBytes, checked)));
  }
  VF_CHECK(std::holds_alternative<DropReason>(receiver.Open(bytes)), "forged, yet taken");
  static_cast<void>(ReadUnverified(bytes));
}

}  // namespace
}  // namespace vf

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const vf::ByteSpan input = std::as_bytes(std::span(data, size));
  static_cast<void>(vf::DecodePacket(input));
  const std::vector<std::byte> datagram = vf::WithPrefix(input);
  vf::SignsAndOpens(datagram);
  vf::OpensForgeries(input);
  const auto decoded = vf::DecodePacket(datagram);
  const vf::Packet* packet = std::get_if<vf::Packet>(&decoded);
  if (packet == nullptr) return 0;
  vf::EncodesToTheSame(*packet);
  vf::Receive(packet->header.cluster_hash, datagram);
  return 0;
}
