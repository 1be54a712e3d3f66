// What a Swim counts: for metrics, tests and the simulator.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace vf {

// Why a datagram, or one statement in it, was dropped. Names: DropReasonName().
enum class DropReason : std::uint8_t {
  kSize,             // shorter than a header or longer than 1,400 bytes
  kMagic,            // does not begin with "VF": not ours
  kVersion,          // a version of the format that we do not speak
  kFlags,            // compressed, which no release does yet
  kSigned,           // signed with a cluster key, and this process has none
  kUnsigned,         // not signed, and this process has a cluster key
  kBadTag,           // signed with another cluster key, or forged
  kReplay,           // signed and received before
  kChecksum,         // damaged on its way
  kDecode,           // not the msgpack that gossip-protocol.md describes
  kForeignCluster,   // another --cluster name
  kOldBoot,          // its sender has restarted since
  kOwnKey,           // claims to come from this very process
  kUnknownSender,    // statements of a process that is no member here
  kInvalidRecord,    // unusable endpoint, forged boot or incarnation
  kTableFull,        // a member beyond kMaxMembers that live
  kOverload,         // beyond a limit of work in flight, or of contacts
  kSettings,         // records or joins with other replicas, digits or tombstone age
  kOtherFoundation,  // joins and answers of a cluster that was founded on its own
};
inline constexpr std::size_t kDropReasons = 19;

// Lower case, for metric labels: "foreign_cluster".
const char* DropReasonName(DropReason reason);

// What a datagram is counted as: its first message, by its place in Message (message.h), or that it
// has none, or could not be read. Names: PacketKindName().
inline constexpr std::size_t kPacketKinds = 17;

const char* PacketKindName(std::size_t kind);

struct PacketCounts {
  std::array<std::uint64_t, kPacketKinds> packets{};
  std::array<std::uint64_t, kPacketKinds> bytes{};
  void Add(std::size_t kind, std::size_t size) {
    ++packets[kind];
    bytes[kind] += size;
  }
};

// Round trips of the own probes.
struct RoundTripCounts {
  static constexpr std::array kBounds = {
      microseconds(50),      microseconds(100),      microseconds(200),     microseconds(500),
      microseconds(1'000),   microseconds(2'000),    microseconds(5'000),   microseconds(10'000),
      microseconds(20'000),  microseconds(50'000),   microseconds(100'000), microseconds(200'000),
      microseconds(400'000), microseconds(1'000'000)};
  std::array<std::uint64_t, kBounds.size() + 1> counts{};  // the last: longer than all bounds
  Duration sum{};
  void Add(Duration round_trip);
};

struct SwimCounters {
  std::uint64_t datagrams_in = 0;
  std::uint64_t datagrams_out = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  PacketCounts packets_in;
  PacketCounts packets_out;
  std::array<std::uint64_t, kDropReasons> drops{};  // by DropReason
  RoundTripCounts round_trips;
  std::uint64_t probes = 0;
  std::uint64_t probes_failed = 0;
  std::uint64_t echoes = 0;           // begun
  std::uint64_t echoes_answered = 0;  // by the member that was meant
  std::uint64_t echoes_refused = 0;   // or answered by somebody else
  std::uint64_t echoes_failed = 0;
  std::uint64_t found_busy = 0;         // a member said that its data threads stand still
  std::uint64_t udp_found_bad = 0;      // a member turned out to answer over TCP only
  std::uint64_t fast_deaths = 0;        // decided here by refused witnesses
  std::uint64_t reports = 0;            // entries sent to controllers
  std::uint64_t reports_held_back = 0;  // by kMaxReportsASecond
  std::uint64_t suspicions_raised = 0;  // by this process
  std::uint64_t suspicions_heard = 0;   // of others, newly learnt
  std::uint64_t suspicions_refuted = 0;
  std::uint64_t suspicions_confirmed = 0;  // ended in a death
  std::array<std::uint64_t, 4> deaths{};   // by DeathReason, newly learnt or decided
  std::uint64_t refutations = 0;           // of accusations of this process
  std::uint64_t reports_taken = 0;         // of others, that began a probe
  std::uint64_t reports_refuted = 0;       // the member complained of answered
  std::uint64_t reports_confirmed = 0;     // it became a suspect, or admits to be busy
  std::uint64_t pushes = 0;                // datagrams of news sent at first sight
  std::uint64_t digests = 0;           // member exchanges begun: to join, after a cut, or because
                                       // views differed
  std::uint64_t exchanges_done = 0;    // of them over UDP
  std::uint64_t exchanges_failed = 0;  // likewise: no answer in time, from nobody asked
  std::uint64_t stream_fallbacks = 0;  // went on over UDP, since TCP led nowhere
  std::uint64_t heal_pings = 0;
  std::uint64_t heal_asked = 0;     // heal pings of others, who held this process for dead or left
  std::uint64_t heal_contacts = 0;  // members held for dead or left that turned out to live
  std::uint64_t queue_peak = 0;
  std::uint64_t clock_lags = 0;              // turns that came late
  std::uint64_t pause_notices = 0;           // of them, so late that the others were told
  std::uint64_t isolations = 0;              // how often this process took itself for cut off
  std::uint64_t unreached = 0;               // how often nobody reached it at its address
  std::uint64_t degradations = 0;            // members that flapped too much
  std::uint64_t accusations_discounted = 0;  // of members that are accused themselves, or whose
                                             // accusations are mostly refuted
  int local_health = 0;                      // the score of now: LocalHealth::score()
  std::uint64_t queue_length = 0;            // updates that wait to be spread now
  TimePoint view_agreed_at = kNever;  // last datagram whose sender had our view; kNever: none yet
};

}  // namespace vf
