// `cluster-sim membership`: how fast many members learn of one event, and what it costs.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/time.h"

namespace vf::sim {

// Each on the network that it is made for. One-way delays, median and 99th percentile:
// 0.15 and 0.6 ms in a local network (also memberlist's and SWIM's), 0.5 and 2 ms in a cloud, 25
// and 60 ms in a wide area.
enum class Profile : std::uint8_t { kLan, kCloud, kWan, kMemberlistLan, kSwim };
enum class MembershipFault : std::uint8_t { kNone, kProcessCrash, kHostCrash, kJoin };

struct MembershipSpec {
  int nodes = 100;
  Profile profile = Profile::kLan;
  MembershipFault fault = MembershipFault::kNone;
  int faults = 1;  // members that crash, or join, at the same moment
  double loss = 0;
  // Of one trial, from the fault on (kNone: of the whole). None: until all know, at most 5 minutes;
  // kNone: 60 seconds.
  std::optional<Duration> duration;
  int trials = 1;
  std::uint64_t seed = 1;
};

// Over all trials.
struct Quantiles {
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

// Times are seconds after the fault. None: it does not apply, or never happened within a trial.
struct MembershipResult {
  MembershipSpec spec;
  std::optional<Quantiles> first_suspect_s;
  std::optional<Quantiles> suspect_99pct_s;
  std::optional<Quantiles> first_dead_s;
  std::optional<Quantiles> dead_99pct_s;
  std::optional<Quantiles> dead_all_s;
  std::optional<Quantiles> join_visible_99pct_s;
  std::optional<Quantiles> join_visible_all_s;
  double tx_bytes_per_node_s_mean = 0;  // with 28 bytes of UDP and IP headers each
  double tx_bytes_per_node_s_p99 = 0;   // of the nodes
  double tx_packets_per_node_s = 0;
  // How often a member began to believe this of another that was running, from the fault on. What
  // one accuser says and all others hear counts for each of them.
  std::uint64_t false_suspicions = 0;
  std::uint64_t false_deaths = 0;
  std::uint64_t trace_hash = 0;
  std::uint64_t events = 0;  // timers and deliveries
  Duration virtual_time{};   // of all trials together
};

inline constexpr int kMaxMembershipNodes = 100'000;

// InvalidArgument, saying what would be right, if it cannot be run.
absl::Status ValidateMembershipSpec(const MembershipSpec& spec);

// REQUIRES: the spec is valid. Equal specs give equal results in every build.
// `progress`: trials done so far, virtual time within this one.
using MembershipProgress = std::function<void(int trials, Duration passed)>;
MembershipResult RunMembership(const MembershipSpec& spec, const MembershipProgress& progress = {});

}  // namespace vf::sim
