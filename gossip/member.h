// Who a member is and what is believed of it. The order of these facts is the heart of membership:
// see member_order.h.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/endpoint.h"
#include "base/time.h"

namespace vf {

// The first 8 bytes of a member's id, big-endian; never 0. What tables and messages name it by.
using MemberKey = std::uint64_t;
inline constexpr MemberKey kNoMember = 0;

// As a dead member's age travels: whole seconds, at least 0 and as many as fit.
std::uint32_t AgeInSeconds(Duration age);

// Random 128 bits.
struct MemberId {
  std::array<std::byte, 16> bytes{};
  auto operator<=>(const MemberId&) const = default;
  MemberKey key() const { return LoadBigEndian<MemberKey>(bytes.data()); }
  std::string Hex() const { return ToHex(bytes); }  // 32 lower-case digits
};

// In the order of precedence within one (boot, incarnation). Wire values: append only.
enum class MemberState : std::uint8_t { kAlive = 0, kSuspect = 1, kDead = 2, kLeft = 3 };

// Wire values: append only.
enum class Phase : std::uint8_t { kJoining = 0, kSyncing = 1, kReady = 2, kDraining = 3 };

// Why a member is dead. Superseded and operator are final for its boot. Wire values: append only.
enum class DeathReason : std::uint8_t {
  kTimeout = 0,
  kRefused = 1,
  kSuperseded = 2,
  kOperator = 3
};

// How a member left: stopped (may return with its data), emptied (its data went elsewhere).
enum class LeaveKind : std::uint8_t { kStopped = 0, kEmptied = 1 };

// Bits of Member::roles.
inline constexpr std::uint8_t kRoleController = 1;
inline constexpr std::uint8_t kRoleStorage = 2;
inline constexpr std::uint8_t kRoleFrontend = 4;
inline constexpr std::uint8_t kRoleMemoryOnly = 8;
// It was ready in a former life, and has what it held then on its disk.
inline constexpr std::uint8_t kRoleReturned = 16;
// And it was away for less than its grace (kOwnershipGrace): it goes on owning.
inline constexpr std::uint8_t kRoleOwnsStill = 32;

// Minted once, by the process that founds the cluster. All zero: unfounded.
struct Foundation {
  std::uint64_t founded_ms = 0;  // unix time
  std::uint64_t random = 0;
  auto operator<=>(const Foundation&) const = default;
  bool IsFounded() const { return founded_ms != 0 || random != 0; }
};

// What belongs to the cluster and is fixed by its foundation. 0: not given, the cluster's counts.
struct ClusterSettings {
  std::uint8_t replicas = 0;          // K; bounds: base/cluster_limits.h
  std::uint8_t partition_digits = 0;  // N, 1 to 4
  std::uint32_t tombstone_age_s = 0;
  bool operator==(const ClusterSettings&) const = default;
};

// Those of a founded cluster: all given, all in range.
bool IsComplete(const ClusterSettings& settings);

// A name of at most kMaxZoneBytes bytes, kept in place: a member table has one in each row.
inline constexpr std::size_t kMaxZoneBytes = 16;
class ZoneName {
 public:
  ZoneName() = default;
  // REQUIRES: at most kMaxZoneBytes. NOLINTNEXTLINE(google-explicit-constructor): it is a text.
  ZoneName(std::string_view name);
  // NOLINTNEXTLINE(google-explicit-constructor): the same.
  ZoneName(const char* name) : ZoneName(std::string_view(name)) {}
  std::string_view text() const { return {bytes_.data(), size_}; }
  auto operator<=>(const ZoneName& other) const { return text() <=> other.text(); }
  bool operator==(const ZoneName& other) const { return text() == other.text(); }

 private:
  std::uint8_t size_ = 0;
  std::array<char, kMaxZoneBytes> bytes_{};
};

// One statement about a member: what travels. Small, since a process holds thousands: what is
// large comes first.
struct MemberRecord {
  MemberId id;             // key alone known: key in the first 8 bytes, the rest 0
  std::uint64_t boot = 0;  // unix time in units of 64 ms
  std::uint64_t seat = 0;  // what rendezvous hashing places it by; 0 for no storage
  std::uint32_t incarnation = 0;
  std::uint32_t meta_version = 0;
  // Only with state dead or left: how long ago that was, when the record was sent.
  std::uint32_t age_s = 0;
  Endpoint endpoint;
  ZoneName zone;  // empty until an option sets it
  MemberState state = MemberState::kAlive;
  std::uint8_t roles = 0;
  std::uint8_t proto_min = 1;
  std::uint8_t proto_max = 1;
  Phase phase = Phase::kJoining;
  std::uint8_t replicas = 0;
  std::uint8_t partition_digits = 0;
  // Only with state dead or left, as age_s is:
  DeathReason death_reason = DeathReason::kTimeout;
  LeaveKind leave_kind = LeaveKind::kStopped;
  bool owned_at_end = false;  // it owned partitions when it died, stopped or restarted

  bool operator==(const MemberRecord&) const = default;
  MemberKey key() const { return id.key(); }
  bool IsStorage() const { return (roles & kRoleStorage) != 0; }
  bool IsMemoryOnly() const { return (roles & kRoleMemoryOnly) != 0; }
  bool HasReturned() const { return (roles & kRoleReturned) != 0; }
  bool OwnsStill() const { return (roles & kRoleOwnsStill) != 0; }
  bool IsLive() const { return state == MemberState::kAlive || state == MemberState::kSuspect; }
};

// A record with what this process alone knows of it.
struct Member {
  MemberRecord record;
  TimePoint since;  // entered its state then (for the dead and the left: age deducted)
  TimePoint returned_at = TimePoint::min();  // when it last came back from the dead in one boot
  bool verified = false;                     // answered a ping of ours, or we met it ourselves
  // Answered us over TCP only, when it last was probed. Not of the dead.
  bool udp_bad = false;
  // It says that a data thread of it stands still: last choice for requests (busy_members.h). Not
  // of the dead.
  bool busy = false;
  // Alive, but accused and refuted again and again: to be avoided as a suspect is
  // (flap_damping.h).
  bool degraded = false;
  bool operator==(const Member&) const = default;
};

}  // namespace vf
