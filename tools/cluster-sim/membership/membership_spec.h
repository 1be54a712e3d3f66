// `cluster-sim membership`: how fast many members learn of one event, how calm they stay while
// something disturbs them, and what it costs.
#pragma once

#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/time.h"
#include "tools/cluster-sim/membership/packet_kind.h"

namespace vf::sim {

// Each on the network that it is made for. One-way delays, median and 99th percentile:
// 0.15 and 0.6 ms in a local network (also the rivals'), 0.5 and 2 ms in a cloud, 25 and 60 ms in a
// wide area. What the rivals are: rivals/memberlist_options.h, rivals/paper_swim.h.
enum class Profile : std::uint8_t {
  kLan,
  kLan1s,  // kLan with the probe interval of SWIM and memberlist; no product has it
  kCloud,
  kWan,
  kMemberlistLan,  // memberlist as it is shipped
  kSwimBaseline,   // Lifeguard's baseline: memberlist without Lifeguard
  kSwim,           // SWIM as in its own paper
  kLifeguard,      // kSwimBaseline and all of Lifeguard, then with one part of it
  kLhaProbe,
  kLhaSuspicion,
  kBuddy,
};

// Of another protocol than the product's.
bool IsRival(Profile profile);

// Where members of the product's protocol keep what they believe of each other. Equal specs give
// equal runs in both.
enum class TableMode : std::uint8_t {
  kScale,  // what they agree on is held once, and each holds what differs from it
  kFull,   // each has a table of its own, as processes have
};

enum class MembershipFault : std::uint8_t {
  kNone,
  kProcessCrash,
  kHostCrash,
  kJoin,
  kAnomaly,  // Lifeguard's: sends and receives stand still and go on, all at the same moments
  kStop,     // SIGSTOP and SIGCONT, all at the same moments
  kStarve,   // CPU in short slots only, at moments of their own, that everything they do costs
  kDeaf,     // nothing reaches them, then everything again
  kLossy,    // much of what they send and receive is lost
  kCut,      // separated from the others, then no more
};

struct MembershipSpec {
  int nodes = 100;
  Profile profile = Profile::kLan;
  TableMode tables = TableMode::kScale;  // rivals have none
  MembershipFault fault = MembershipFault::kNone;
  int faults = 1;  // members that the fault strikes, or that join; kCut: of an island
  double loss = 0;
  // Lengths of the fault and of the time between two; none: what MembershipFaultTraits says.
  std::optional<Duration> off;
  std::optional<Duration> on;
  // Of kStarve: CPU that each message that is taken in and each turn of timers costs; none:
  // likewise.
  std::optional<Duration> cost;
  double severity = 0.8;  // of kLossy: share of the packets, each way
  int islands = 2;        // of kCut: all but one have `faults` members
  // Of kCut: the islands begin apart and have never met. Members know those of their own island,
  // and one contact, the same for all. Not of rivals.
  bool never_met = false;
  // Of one trial, from the fault on (kNone: of the whole). None: what MembershipFaultTraits says.
  std::optional<Duration> duration;
  int trials = 1;
  std::uint64_t seed = 1;
  bool packets = false;  // count packets by kind: every one is looked at, which takes its time
};

// Over all trials.
struct Quantiles {
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

// When so many of those who can had learned of something, in seconds after the fault. None: it does
// not apply, or never happened within a trial.
struct NewsFigures {
  std::optional<Quantiles> first;
  std::optional<Quantiles> at_50pct;
  std::optional<Quantiles> at_90pct;
  std::optional<Quantiles> at_99pct;
  std::optional<Quantiles> at_99_9pct;
  std::optional<Quantiles> all;
};

struct PacketFigures {  // sent by a node in a second
  double packets = 0;
  double bytes = 0;
};

// Everything from the fault on. A member is *struck* if the fault is about it; others are healthy.
struct MembershipResult {
  MembershipSpec spec;
  NewsFigures suspect;  // of the struck members, at the healthy ones
  NewsFigures dead;
  NewsFigures visible;  // of those that join

  double tx_bytes_per_node_s_mean = 0;  // with 28 bytes of UDP and IP headers each
  double tx_bytes_per_node_s_p99 = 0;   // of the nodes
  double tx_packets_per_node_s = 0;
  std::uint64_t tx_bytes = 0;  // of all nodes, as the next
  std::uint64_t tx_packets = 0;
  // By PacketKind; with spec.packets.
  std::optional<std::array<PacketFigures, kPacketKinds>> tx_by_kind;
  std::optional<std::uint64_t> most_probes;  // that one member received in a probe interval

  // How often a member began to believe this of another that was running. What one accuser says and
  // all others hear counts for each of them.
  std::uint64_t false_suspicions = 0;
  std::uint64_t false_deaths = 0;
  // Of those deaths: about members that nothing was the matter with (healthy; with kCut: not
  // separated from the believer); and of these, at healthy ones. Lifeguard's FP and FP-.
  std::uint64_t fp = 0;
  std::uint64_t fp_healthy = 0;
  // How often a healthy member began to avoid another one as degraded.
  std::uint64_t healthy_degraded = 0;
  std::uint64_t accusations = 0;            // suspicions that the members raised themselves
  std::uint64_t accusations_by_struck = 0;  // of these, by struck ones
  // Seconds for which one that ran was believed suspect, if it was believed alive after that.
  std::optional<Quantiles> refuted_s;

  // Greatest of all trials: how many different numbers of members healthy ones believed in, and how
  // many different views they held in the end.
  std::uint64_t view_sizes = 0;
  std::uint64_t views_final = 0;
  // How often a healthy member let a struck one in again after it was suspect, dead or degraded;
  // over all pairs. None: there are none.
  std::optional<Quantiles> oscillations;
  // Share of those pairs that end suspect, dead or degraded.
  std::optional<double> out_share_final;
  std::uint64_t stuck = 0;   // running members whom a running one believes dead in the end
  std::uint64_t raised = 0;  // how often one believed a crashed member alive after it was dead
  // kCut, after it healed: until somebody believes in a member of another island again; until
  // nobody believes a running member suspect or dead. None: they were not apart, or never were one
  // again.
  std::optional<Quantiles> heal_contact_s;
  std::optional<Quantiles> heal_all_s;
  std::uint64_t queue_peak = 0;  // news that a member had to pass on, at most, from its start on

  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;  // timers and deliveries
  Duration virtual_time{};   // of all trials together
};

inline constexpr int kMaxMembershipNodes = 100'000;  // with those that join
inline constexpr int kMaxIslands = 64;

// Memory that what members know of each other will take, roughly, beside 6 KB a member: tables of
// their own in full mode; in any, what all learn of those whom the fault strikes, and newcomers of
// all. Rivals: 0.
std::int64_t TableBytesOf(const MembershipSpec& spec);
// Full mode with the 10,000 members that it is meant for.
inline constexpr std::int64_t kMaxTableBytes = 20'000'000'000;

// InvalidArgument, saying what would be right, if it cannot be run.
absl::Status ValidateMembershipSpec(const MembershipSpec& spec);

// REQUIRES: the spec is valid. Equal specs give equal results in every build.
// `progress`: trials done so far, virtual time within this one.
using MembershipProgress = std::function<void(int trials, Duration passed)>;
MembershipResult RunMembership(const MembershipSpec& spec, const MembershipProgress& progress = {});

}  // namespace vf::sim
