#include "tools/cluster-sim/faults/fault_kind.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace vf::sim {
namespace {

// What is missing, in the words of docs/open-points.md and docs/ARCHITECTURE.md.
constexpr std::string_view kHolders =
    "that a restarted node counts its former life among the holders; background sync";
constexpr std::string_view kHalfDone = "background sync: such a write stays where it got to";

constexpr std::string_view kUnproven =
    "more runs that show it: its scenarios hold, the swarm does not draw it yet";

// Shorter than any suspicion takes to become death, so that nobody writes without the member.
constexpr Duration kNotYetDead = milliseconds(700);
// Shorter than a write waits before its outcome is unknown, retransmissions included.
constexpr Duration kNotYetGivenUp = milliseconds(300);

constexpr double kHour = 3600;

constexpr std::array<FaultTraits, kFaultKinds> kFaults = {{
    {.kind = FaultKind::kProcessCrash,
     .name = "process-crash",
     .takes_hosts = true,
     .needs_hosts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true},
    {.kind = FaultKind::kFrontendCrash,
     .name = "frontend-crash",
     .takes_hosts = true,
     .needs_hosts = true,
     .members_repaired = true,
     .missing = kHalfDone},
    {.kind = FaultKind::kHostCrash,
     .name = "host-crash",
     .takes_hosts = true,
     .needs_hosts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true},
    {.kind = FaultKind::kRestart,
     .name = "restart",
     .takes_hosts = true,
     .needs_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true},
    {.kind = FaultKind::kPause,
     .name = "pause",
     .takes_hosts = true,
     .needs_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_lasts = kNotYetDead,
     .missing = kHolders},
    {.kind = FaultKind::kSlow,
     .name = "slow",
     .strength = "milliseconds that a turn takes",
     .least = 0.01,
     .most = 1000,
     .takes_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = 20,
     .missing = kHolders},
    {.kind = FaultKind::kJoin, .name = "join", .members_repaired = true, .data_repaired = true},
    {.kind = FaultKind::kLeave,
     .name = "leave",
     .takes_hosts = true,
     .needs_hosts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true},
    {.kind = FaultKind::kLoss,
     .name = "loss",
     .strength = "share of the datagrams that are lost",
     .most = 1,
     .takes_hosts = true,
     .lasts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = 0.3,
     .missing = kHolders},
    {.kind = FaultKind::kBurstLoss,
     .name = "burst-loss",
     .strength = "share of the datagrams that are lost, on average",
     .most = 0.9,
     .takes_hosts = true,
     .lasts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = 0.3,
     .missing = kHolders},
    {.kind = FaultKind::kDuplicate,
     .name = "duplicate",
     .strength = "share of the datagrams that arrive twice",
     .most = 1,
     .takes_hosts = true,
     .lasts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = 1},
    {.kind = FaultKind::kReorder,
     .name = "reorder",
     .strength = "share of the datagrams that come later",
     .most = 1,
     .takes_hosts = true,
     .lasts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = 1},
    {.kind = FaultKind::kLatency,
     .name = "latency",
     .strength = "factor by which every delay grows",
     .least = 1,
     .most = 10'000,
     .takes_hosts = true,
     .lasts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = 50,
     .missing = kHolders},
    {.kind = FaultKind::kStall,
     .name = "stall",
     .takes_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_lasts = kNotYetGivenUp,
     .missing = kHalfDone},
    {.kind = FaultKind::kReset,
     .name = "reset",
     .takes_hosts = true,
     .harms_clients = true,
     .members_repaired = true,
     .data_repaired = true},
    {.kind = FaultKind::kCut,
     .name = "cut",
     .takes_hosts = true,
     .needs_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .members_repaired = true,
     .missing = kHolders},
    {.kind = FaultKind::kCutOneWay,
     .name = "cut-one-way",
     .takes_hosts = true,
     .needs_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .members_repaired = true,
     .missing = kHolders},
    {.kind = FaultKind::kUdpBlocked,
     .name = "udp-blocked",
     .takes_hosts = true,
     .needs_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .missing = kUnproven},
    {.kind = FaultKind::kTcpBlocked,
     .name = "tcp-blocked",
     .takes_hosts = true,
     .needs_hosts = true,
     .lasts = true,
     .harms_clients = true,
     .members_repaired = true,
     .missing = kHolders},
    {.kind = FaultKind::kClockOffset,
     .name = "clock-offset",
     .strength = "seconds that the clock is ahead, or behind if negative",
     .least = -kHour,
     .most = kHour,
     .takes_hosts = true,
     .lasts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = kHour},
    {.kind = FaultKind::kClockDrift,
     .name = "clock-drift",
     .strength = "parts per million by which the clock is fast, or slow if negative",
     .least = -100'000,
     .most = 100'000,
     .takes_hosts = true,
     .lasts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = 100'000},
    {.kind = FaultKind::kClockJump,
     .name = "clock-jump",
     .strength = "seconds that the clock jumps ahead, or back if negative",
     .least = -kHour,
     .most = kHour,
     .takes_hosts = true,
     .members_repaired = true,
     .data_repaired = true,
     .data_most = kHour},
}};

}  // namespace

std::span<const FaultTraits> AllFaults() { return kFaults; }

const FaultTraits& TraitsOf(FaultKind kind) {
  const auto index = static_cast<std::size_t>(kind);
  VF_CHECK(index < kFaults.size(), "a fault of the table");
  VF_CHECK(kFaults[index].kind == kind, "the table is in the order of the kinds");
  return kFaults[index];
}

std::optional<FaultKind> FaultNamed(std::string_view name) {
  const auto it = std::find_if(kFaults.begin(), kFaults.end(),
                               [&](const FaultTraits& fault) { return fault.name == name; });
  if (it == kFaults.end()) return std::nullopt;
  return it->kind;
}

}  // namespace vf::sim
