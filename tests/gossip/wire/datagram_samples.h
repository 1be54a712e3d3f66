// One packet of every message type, with every field set to something that can be told apart.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "gossip/wire/message.h"
#include "tests/support/member_samples.h"

namespace vf {

inline std::vector<std::pair<std::string, Packet>> SamplePackets() {
  constexpr MemberKey kOther = 0x1122334455667788;
  constexpr Foundation kFoundation{1'800'000'000'123, 0xabcdef0123456789};
  constexpr ClusterSettings kSettings{3, 2, 3600};
  MemberRecord key_only = SampleRecord(2);
  std::fill(key_only.id.bytes.begin() + 8, key_only.id.bytes.end(), std::byte{0});
  Digest digest{128, {}, true, {}};
  for (std::uint64_t i = 0; i < 128; ++i) {
    digest.hashes.push_back(i * 0x0101010101010101);
    digest.counts.push_back(static_cast<std::uint16_t>(i * 3));
  }
  const std::vector<std::pair<std::string, std::vector<Message>>> bodies = {
      {"empty", {}},
      {"ping", {Ping{70'000, kOther, 0x80000001, MemberState::kSuspect, 5}}},
      {"ack", {PingAck{70'000, 200, kAckDraining | kAckBusy}}},
      {"ping_req", {PingReq{1, kOther, *Endpoint::Parse("[fd00::7]:65535"), true, 150}}},
      {"nack", {PingNack{1, NackReason::kNotMe}}},
      {"not_me", {NotMe{2, kOther, 3, 4}}},
      {"alive", {Alive{SampleRecord()}}},
      {"alive_key_only", {Alive{key_only}}},
      {"suspect",
       {Suspect{kOther, 0xffffffff, 6, 0x0102030405060708, kEvidenceUdp | kEvidenceRefused}}},
      {"dead", {Dead{kOther, 9, 0xffffffff, 0x0102030405060708, DeathReason::kOperator, 86'400}}},
      {"left", {Left{kOther, 9, 10, LeaveKind::kEmptied, 300}}},
      {"join", {Join{SampleRecord(), kFoundation, kSettings, true}}},
      {"join_unfounded", {Join{SampleRecord(), {}, {0, 0, 0}, true}}},
      {"join_ok",
       {JoinOk{kFoundation,
               kSettings,
               0x55,
               {SampleRecord(3)},
               {SampleRecord(4), SampleRecord(5)},
               SampleRecord(5).key()}}},
      {"join_no",
       {JoinNo{JoinRefusal::kSettings, 3, 2, "this cluster has 3 replicas", kFoundation, 77}}},
      {"digest", {digest}},
      {"digest_everything", {Digest{0, {}, false, {}}}},
      {"exchange",
       {Exchange{9,
                 {SampleRecord(9)},
                 {SampleTombstone(MemberState::kDead), SampleTombstone(MemberState::kLeft)}}}},
      {"report",
       {Report{
           {{kOther, 9, ComplaintReason::kRefused, 12, 1'800'000'000'000, 1'800'000'000'999}}}}},
      {"batch",
       {Batch{{Alive{SampleRecord()}, Suspect{kOther, 1, 2, 3, 4},
               Dead{kOther, 1, 2, 3, DeathReason::kTimeout, 0}, Left{kOther, 1, 2, {}, 0}}}}},
      {"ping_with_news", {Ping{1, kOther, 2, {}, 0}, Batch{{Suspect{kOther, 1, 2, 3, 4}}}}},
  };
  std::vector<std::pair<std::string, Packet>> samples;
  for (const auto& [name, messages] : bodies) {
    Packet packet;
    packet.heal = name == "ping";
    packet.header = {0xdeadbeef, 0x0102030405060708, 0x12345678, 42, 0xfedcba9876543210, 1000, 0};
    packet.messages = messages;
    samples.push_back({name, packet});
  }
  return samples;
}

}  // namespace vf
