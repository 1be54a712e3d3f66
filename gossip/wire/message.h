// The messages of membership as values. docs/gossip-protocol.md shows their bytes.
//
// Fields stand in the order of the wire. Type numbers and enum values are append-only; new fields
// go to the end of a message, where older processes ignore them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.h"
#include "gossip/complaint.h"
#include "gossip/types.h"

namespace vf {

// Who sends, and what it believes: in front of every datagram.
struct PacketHeader {
  std::uint32_t cluster_hash = 0;
  MemberKey key = kNoMember;
  std::uint32_t boot32 = 0;  // the low 32 bits of the boot number
  std::uint32_t incarnation = 0;
  std::uint64_t view_hash = 0;  // 0: none given
  std::uint32_t view_members = 0;
  std::uint8_t local_health = 0;
  bool operator==(const PacketHeader&) const = default;
};

// "Are you there, and are you the one?" Says what its sender believes of the target, so that the
// accused hears of it at once. target 0: whoever is there.
struct Ping {
  std::uint32_t seq = 0;
  MemberKey target = kNoMember;
  std::uint32_t target_boot32 = 0;
  MemberState status = MemberState::kAlive;
  std::uint32_t incarnation = 0;
  bool operator==(const Ping&) const = default;
};

// Bits of PingAck::flags. 2 is not used: whose datagrams are blocked cannot know it.
inline constexpr std::uint8_t kAckDraining = 1;
inline constexpr std::uint8_t kAckBusy = 4;  // a data thread stands still

struct PingAck {
  std::uint32_t seq = 0;
  std::uint8_t load = 0;  // not used; requests choose by what they measure themselves
  std::uint8_t flags = 0;
  bool operator==(const PingAck&) const = default;
};

// "Ping that one for me."
struct PingReq {
  std::uint32_t seq = 0;
  MemberKey target = kNoMember;
  Endpoint endpoint;
  bool want_nack = true;
  std::uint32_t budget_ms = 0;  // a NACK comes after 80 % of it
  bool operator==(const PingReq&) const = default;
};

enum class NackReason : std::uint8_t { kTimeout = 0, kRefused = 1, kUnreachable = 2, kNotMe = 3 };

struct PingNack {
  std::uint32_t seq = 0;
  NackReason reason = NackReason::kTimeout;
  bool operator==(const PingNack&) const = default;
};

// "You meant somebody else; I am this one."
struct NotMe {
  std::uint32_t seq = 0;
  MemberKey key = kNoMember;
  std::uint32_t boot32 = 0;
  std::uint32_t incarnation = 0;
  bool operator==(const NotMe&) const = default;
};

struct Alive {
  MemberRecord record;
  bool operator==(const Alive&) const = default;
};

// Bits of Suspect::evidence: the ways in which the accuser failed to reach the member; with
// kEvidenceRefused, those of them in which it was refused. An accuser with kEvidenceRefused and
// kEvidenceUdp or kEvidenceTcp is itself a witness; with kEvidenceRelayed alone it repeats what
// relays said.
inline constexpr std::uint8_t kEvidenceUdp = 1;
inline constexpr std::uint8_t kEvidenceRelayed = 2;
inline constexpr std::uint8_t kEvidenceTcp = 4;
inline constexpr std::uint8_t kEvidenceRefused = 8;
inline constexpr std::uint8_t kEvidenceDataPath = 16;

struct Suspect {
  MemberKey key = kNoMember;
  std::uint32_t boot32 = 0;
  std::uint32_t incarnation = 0;
  MemberKey from = kNoMember;  // the accuser
  std::uint8_t evidence = 0;
  bool operator==(const Suspect&) const = default;
};

struct Dead {
  MemberKey key = kNoMember;
  std::uint32_t boot32 = 0;
  std::uint32_t incarnation = 0;
  MemberKey from = kNoMember;
  DeathReason reason = DeathReason::kTimeout;
  std::uint32_t age_s = 0;
  bool operator==(const Dead&) const = default;
};

// Minted by the member itself, relayed unchanged.
struct Left {
  MemberKey key = kNoMember;
  std::uint32_t boot32 = 0;
  std::uint32_t incarnation = 0;
  LeaveKind kind = LeaveKind::kStopped;
  std::uint32_t age_s = 0;
  bool operator==(const Left&) const = default;
};

// One statement about one member: what is piggybacked and pushed.
using Update = std::variant<Alive, Suspect, Dead, Left>;

// Whom an update is about.
MemberKey SubjectOf(const Update& update);

// "Let me in." With our foundation: admits its sender. Without one: asks for it.
struct Join {
  MemberRecord record;
  Foundation foundation;
  ClusterSettings settings;  // of the foundation; else those of the command line, 0 for none
  bool want_state = false;   // it has no member exchange behind it
  bool operator==(const Join&) const = default;
};

struct JoinOk {
  Foundation foundation;  // all zero: nobody has founded a cluster here yet
  ClusterSettings settings;
  std::uint64_t seat = 0;  // of the memory-only member whose address the asker has; else 0
  std::vector<MemberRecord> controllers;
  std::vector<MemberRecord> sample;     // at most 16, the answering process first
  MemberKey exchange_with = kNoMember;  // where the bulk of the members comes from
  bool operator==(const JoinOk&) const = default;
};

enum class JoinRefusal : std::uint8_t {
  kSettings = 1,
  kProtocol = 2,
  kAddressHeld = 3,  // by a process with a later boot number
  kOtherFoundation = 4
};

struct JoinNo {
  JoinRefusal reason = JoinRefusal::kSettings;
  std::uint8_t replicas = 0;
  std::uint8_t partition_digits = 0;
  std::string text;  // for people; at most 255 bytes
  Foundation foundation;
  std::uint64_t holder_boot = 0;  // with kAddressHeld: what the asker has to exceed
  bool operator==(const JoinNo&) const = default;
};

// Of a view: the first byte of a member's key chooses one.
inline constexpr std::size_t kViewBuckets = 256;

// Of a DIGEST that differ: records of more buckets than these travel over TCP, if that works.
inline constexpr std::size_t kMaxDatagramBuckets = 2;

// "My view by buckets." An answer is not answered again.
struct Digest {
  std::uint8_t first_bucket = 0;
  std::vector<std::uint64_t> hashes;  // of consecutive buckets; none: "send me everything"
  bool answer = false;
  // Records held by bucket, the dead and tombstones included: tells a joiner what it lacks.
  std::vector<std::uint16_t> counts;
  // If more than kMaxDatagramBuckets of these differ, an answer is enough: TCP brings the records.
  // Left out on the wire while it is false.
  bool brief = false;
  bool operator==(const Digest&) const = default;
};

// What the sender holds in a bucket, or a part of it: the live, and the dead and left.
struct Exchange {
  std::uint8_t bucket = 0;
  std::vector<MemberRecord> members;
  std::vector<MemberRecord> tombstones;
  bool operator==(const Exchange&) const = default;
};

struct ReportEntry {
  MemberKey key = kNoMember;
  std::uint32_t boot32 = 0;
  ComplaintReason reason = ComplaintReason::kTimeout;
  std::uint32_t count = 0;     // requests, of the complaint that had most
  std::uint64_t first_ms = 0;  // unix time
  std::uint64_t last_ms = 0;
  bool operator==(const ReportEntry&) const = default;
};

// A frontend's complaints: start probes, kill nobody.
struct Report {
  std::vector<ReportEntry> entries;
  bool operator==(const Report&) const = default;
};

struct Batch {
  std::vector<Update> updates;
  bool operator==(const Batch&) const = default;
};

// Wire values: append only.
enum class MessageType : std::uint8_t {
  kPing = 1,
  kPingAck = 2,
  kPingReq = 3,
  kPingNack = 4,
  kNotMe = 5,
  kAlive = 6,
  kSuspect = 7,
  kDead = 8,
  kLeft = 9,
  kJoin = 10,
  kJoinOk = 11,
  kJoinNo = 12,
  kDigest = 13,
  kExchange = 14,
  kReport = 15,
  kBatch = 16,
};

// In the order of their types.
using Message = std::variant<Ping, PingAck, PingReq, PingNack, NotMe, Alive, Suspect, Dead, Left,
                             Join, JoinOk, JoinNo, Digest, Exchange, Report, Batch>;

struct Packet {
  bool heal = false;  // its sender holds the receiver for dead or left
  PacketHeader header;
  std::vector<Message> messages;
  bool operator==(const Packet&) const = default;
};

}  // namespace vf
