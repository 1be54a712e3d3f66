// One Swim, spoken to by hand by the members of its cluster, whose part the tests play.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/cluster_limits.h"
#include "gossip/members/member_order.h"
#include "gossip/swim.h"
#include "gossip/wire/codec.h"
#include "tests/gossip/datagram_of.h"

namespace vf {

inline constexpr std::uint32_t kCluster = 77;
inline constexpr WallTime kWall{1'800'000'000'000};
inline const std::uint64_t kBoot = BootAt(kWall);

inline MemberRecord RecordOf(MemberKey key, std::uint8_t host) {
  MemberRecord r;
  StoreBigEndian(r.id.bytes.data(), key);
  r.id.bytes[15] = std::byte{1};
  r.boot = kBoot;
  r.endpoint = Endpoint::V4({10, 0, 0, host}, 8000);
  r.roles = kRoleStorage | kRoleFrontend | kRoleMemoryOnly;
  r.seat = key;
  r.meta_version = 1;
  r.replicas = kDefaultReplicas;
  r.partition_digits = kDefaultPartitionDigits;
  return r;
}

// A founder with two members, A and B, whose part the test plays.
class SwimTest : public ::testing::Test {
 protected:
  static constexpr MemberKey kSelf = 100;
  static constexpr MemberKey kA = 200;
  static constexpr MemberKey kB = 300;

  explicit SwimTest(const SwimConfig& config = Config())
      : swim_(config, RecordOf(kSelf, 1), {}, now_, kWall, Rng(5)) {
    foundation_ = swim_.Snapshot().foundation;
    for (const MemberRecord& r : {a_, b_}) Admit(r);
    Take();
  }

  static SwimConfig Config() {
    SwimConfig config;
    config.cluster_hash = kCluster;
    config.streams = true;
    return config;
  }

  void Admit(const MemberRecord& r) {
    Say(r, Join{r,
                foundation_,
                {kDefaultReplicas, kDefaultPartitionDigits, kDefaultTombstoneAgeS},
                false});
  }
  void Say(const MemberRecord& from, const Message& message) {
    SayFrom(from.endpoint, from, message);
  }
  void SayFrom(const Endpoint& endpoint, const MemberRecord& from, const Message& message) {
    swim_.OnDatagram(now_, kWall, endpoint, DatagramOf(from, kCluster, message));
  }
  // Who has joined puts the hash of its view on each datagram.
  void SayThatItHasJoined(const MemberRecord& from) {
    swim_.OnDatagram(now_, kWall, from.endpoint,
                     DatagramOf(from, kCluster, Alive{from}, /*view_hash=*/1));
  }
  // `accuser` suspects the member, which denies it: the member from now on.
  MemberRecord AccuseAndRefute(const MemberRecord& accuser, MemberRecord member) {
    Say(accuser, SuspectOf(member, accuser.key()));
    member.incarnation += 1;
    Say(accuser, Alive{member});
    return member;
  }
  // Lets time pass, turn by turn.
  void Pass(Duration duration) {
    const TimePoint end = now_ + duration;
    while (swim_.NextDeadline() <= end) {
      now_ = std::max(now_, swim_.NextDeadline());
      swim_.OnTimer(now_, kWall);
    }
    now_ = end;
  }
  // The same, while `member` answers what it is asked, as one who cannot reach others.
  void PassAnswered(const MemberRecord& member, Duration duration) {
    const TimePoint end = now_ + duration;
    Answer(member);
    while (swim_.NextDeadline() <= end) {
      now_ = std::max(now_, swim_.NextDeadline());
      swim_.OnTimer(now_, kWall);
      Answer(member);
    }
    now_ = end;
  }
  void Answer(const MemberRecord& member) {
    for (const auto& [to, packet] : Take()) {
      if (to != member.endpoint) continue;
      for (const Message& message : packet.messages) {
        if (const Ping* ping = std::get_if<Ping>(&message)) {
          Say(member, PingAck{ping->seq, 0, 0});
        } else if (const PingReq* request = std::get_if<PingReq>(&message)) {
          Say(member, PingNack{request->seq, NackReason::kTimeout});
        }
      }
    }
  }
  // What was sent since the last call.
  std::vector<std::pair<Endpoint, Packet>> Take() {
    SwimOutputs out;
    swim_.TakeOutputs(out);
    suspected_self_ |= out.suspected_self;
    refused_ = out.refused;
    for (const EchoWish& wish : out.echoes) echoes_.push_back(wish);
    for (const std::uint32_t seq : out.echoes_over) echoes_over_.push_back(seq);
    for (const SwimLogLine& line : out.log) {
      const bool warning = line.level == SwimLogLine::Level::kWarning;
      (warning ? warnings_ : log_).push_back(line.text);
    }
    std::vector<std::pair<Endpoint, Packet>> sent;
    for (const OutgoingDatagram& d : out.datagrams) {
      sent.push_back({d.to, std::get<Packet>(DecodePacket(d.bytes))});
    }
    return sent;
  }
  // The first message of this kind that was sent (to `to`), news in batches included.
  template <typename T>
  std::optional<T> Sent(const std::optional<Endpoint>& to = std::nullopt) {
    for (const auto& [target, packet] : Take()) {
      if (to && target != *to) continue;
      for (const Message& message : packet.messages) {
        if (const T* m = std::get_if<T>(&message)) return *m;
        if constexpr (std::is_constructible_v<Update, T>) {
          const Batch* batch = std::get_if<Batch>(&message);
          if (batch == nullptr) continue;
          for (const Update& update : batch->updates) {
            if (const T* m = std::get_if<T>(&update)) return *m;
          }
        }
      }
    }
    return std::nullopt;
  }
  std::optional<Member> Find(MemberKey key) {
    for (const Member& member : swim_.Snapshot().members) {
      if (member.record.key() == key) return member;
    }
    return std::nullopt;
  }
  MemberState StateOf(MemberKey key) { return Find(key)->record.state; }
  std::uint64_t Drops(DropReason reason) {
    return swim_.counters().drops[static_cast<std::size_t>(reason)];
  }
  static Suspect SuspectOf(const MemberRecord& r, MemberKey from) {
    return {r.key(), Boot32(r.boot), r.incarnation, from, kEvidenceUdp};
  }

  TimePoint now_{seconds(5'000)};
  const MemberRecord a_ = RecordOf(kA, 2);
  const MemberRecord b_ = RecordOf(kB, 3);
  Swim swim_;
  Foundation foundation_;
  bool suspected_self_ = false;
  std::string refused_;
  std::vector<EchoWish> echoes_;
  std::vector<std::uint32_t> echoes_over_;
  std::vector<std::string> log_;  // infos
  std::vector<std::string> warnings_;
};

}  // namespace vf
