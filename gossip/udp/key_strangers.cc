#include "gossip/udp/key_strangers.h"

#include <algorithm>
#include <variant>

#include "gossip/members/member_order.h"
#include "gossip/seal/datagram_seal.h"

namespace vf {
namespace {

std::string Describe(const Endpoint& from, DropReason reason) {
  const std::string who = from.ToString();
  switch (reason) {
    case DropReason::kSigned:
      return who + " signs with a cluster key, and this process has none";
    case DropReason::kUnsigned:
      return who + " does not sign, and this process has a cluster key";
    case DropReason::kBadTag:
      return who + " signs with a cluster key that this process does not have";
    default:
      return "";
  }
}

}  // namespace

KeyStrangers::Noticed KeyStrangers::OnDropped(TimePoint now, const Endpoint& from,
                                              ByteSpan datagram, DropReason reason) {
  Noticed noticed;
  if (reason == DropReason::kReplay || !MayLook(now)) return noticed;  // networks repeat datagrams
  std::string description = Describe(from, reason);
  const std::optional<Packet> packet =
      description.empty() ? std::nullopt : ReadUnverified(datagram);
  if (!packet) {
    noticed.log = TellOnce(from, reason,
                           std::string("datagrams that are not gossip of this release are dropped "
                                       "(") +
                               DropReasonName(reason) + ")");
    return noticed;
  }
  if (packet->header.cluster_hash != cluster_hash_) {
    noticed.log = TellOnce(from, DropReason::kForeignCluster,
                           "datagrams of a cluster with another name are dropped");
    return noticed;
  }
  heard_ = now;
  cause_ = std::move(description);
  if (told_.Allow(now, cause_)) {
    noticed.log = "gossip: " + cause_ +
                  ": nothing that it says is taken. If it belongs to this cluster, give both the "
                  "same --cluster-key-file";
  }
  noticed.wants_an_answer =
      std::any_of(packet->messages.begin(), packet->messages.end(),
                  [](const Message& m) { return std::holds_alternative<Join>(m); });
  return noticed;
}

// As Swim does for what gets past the seal.
std::string KeyStrangers::TellOnce(const Endpoint& from, DropReason reason, std::string_view what) {
  if (!foreign_.IsNew(from, reason)) return "";
  foreign_.Note(from, reason);
  return "from " + from.ToString() + ": " + std::string(what);
}

std::string KeyStrangers::Cause(TimePoint now) const {
  if (cause_.empty() || now - heard_ > kIsACause) return "";
  return "the likely cause: " + cause_ + " (--cluster-key-file)";
}

bool KeyStrangers::MayLook(TimePoint now) {
  if (second_ == TimePoint::min() || now - second_ >= seconds(1)) {
    second_ = now;
    looks_ = 0;
  }
  return ++looks_ <= kLooksASecond;
}

std::vector<std::byte> AnswerWithoutContent(std::uint32_t cluster_hash, const MemberRecord& self) {
  PacketHeader header;
  header.cluster_hash = cluster_hash;
  header.key = self.key();
  header.boot32 = Boot32(self.boot);
  return DatagramBuilder(header, false, kMaxUnsealedBytes).Take();
}

}  // namespace vf
