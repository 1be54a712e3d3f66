// Any bytes as a gossip datagram: dropped, or a packet that survives encoding; and a Swim that gets
// it from a stranger goes on.
//
// The checksum would stop nearly all inputs: the input is the body, the prefix is put in front.
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash64.h"
#include "gossip/codec.h"
#include "gossip/swim.h"

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

}  // namespace
}  // namespace vf

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const vf::ByteSpan input = std::as_bytes(std::span(data, size));
  static_cast<void>(vf::DecodePacket(input));
  const std::vector<std::byte> datagram = vf::WithPrefix(input);
  const auto decoded = vf::DecodePacket(datagram);
  const vf::Packet* packet = std::get_if<vf::Packet>(&decoded);
  if (packet == nullptr) return 0;
  vf::EncodesToTheSame(*packet);
  vf::Receive(packet->header.cluster_hash, datagram);
  return 0;
}
