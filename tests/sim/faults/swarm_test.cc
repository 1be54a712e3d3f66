#include "tools/cluster-sim/faults/swarm.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tools/cluster-sim/faults/duration_text.h"
#include "tools/cluster-sim/faults/hosts.h"
#include "tools/cluster-sim/faults/number_text.h"
#include "tools/cluster-sim/faults/repair.h"
#include "tools/cluster-sim/faults/scenario.h"

namespace vf::sim {
namespace {

constexpr std::uint64_t kSeeds = 3000;

// All of a spec in one text, to compare.
std::string Print(const RunSpec& spec) {
  std::string text = spec.scenario;
  const auto add = [&](double value) { text += " " + NumberText(value); };
  for (const int value :
       {spec.controllers, spec.nodes, spec.frontends, spec.replicas, spec.partition_digits,
        spec.min_acks, static_cast<int>(spec.start), spec.network.zones, spec.workload.clients,
        spec.workload.hot_keys, spec.workload.max_value_bytes}) {
    add(value);
  }
  for (const double value : {spec.network.loss, spec.network.duplicate, spec.network.reorder,
                             spec.workload.operations_per_s, spec.workload.unique_writes,
                             spec.workload.overwrites, spec.workload.deletes}) {
    add(value);
  }
  for (const Duration value : {spec.tombstone_age, spec.duration, spec.converge_within,
                               spec.network.latency.median, spec.network.latency.p99,
                               spec.network.between_zones.median, spec.network.between_zones.p99}) {
    text += " " + DurationText(value);
  }
  for (const FaultEvent& fault : spec.faults) {
    text += "\n" + std::string(TraitsOf(fault.kind).name) + " " + DurationText(fault.at) + " " +
            DurationText(fault.lasts) + " " + NumberText(fault.strength);
    for (const int host : fault.hosts) text += " " + HostName(spec, host);
  }
  return text;
}

TEST(SwarmTest, DrawsOnlyWhatIsRepaired) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const RunSpec spec = DrawSwarm(seed, {});
    EXPECT_EQ(MissingRepair(spec), "") << "seed " << seed << "\n" << Print(spec);
  }
}

TEST(SwarmTest, TheSameSeedGivesTheSameRun) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    EXPECT_EQ(Print(DrawSwarm(seed, {})), Print(DrawSwarm(seed, {})));
  }
}

TEST(SwarmTest, SeedsDiffer) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    EXPECT_TRUE(seen.insert(Print(DrawSwarm(seed, {}))).second) << seed;
  }
  EXPECT_EQ(DrawSwarm(kMaxSeed, {}).seed, kMaxSeed);
}

TEST(SwarmTest, LimitsAreKept) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const RunSpec spec = DrawSwarm(seed, {.nodes = 4, .replicas = 2, .duration = seconds(9)});
    EXPECT_EQ(spec.nodes, 4);
    EXPECT_EQ(spec.replicas, 2);
    EXPECT_EQ(spec.duration, Duration(seconds(9)));
    EXPECT_EQ(ValidateRunSpec(spec).message(), "");
    EXPECT_EQ(MissingRepair(spec), "");
    EXPECT_EQ(ValidateRunSpec(DrawSwarm(seed, {.nodes = 1})).message(), "");
    EXPECT_EQ(ValidateRunSpec(DrawSwarm(seed, {.duration = kLeastPhase})).message(), "");
  }
  EXPECT_EQ(ValidateRunSpec(DrawSwarm(1, {.nodes = kMaxSimNodes})).message(), "");
}

// Over many seeds: everything that may be drawn is, and no kind nearly always.
TEST(SwarmTest, EveryRepairedKindIsDrawnNowAndThen) {
  std::map<FaultKind, std::uint64_t> runs;
  std::map<int, std::uint64_t> sizes;
  std::uint64_t members_only = 0;
  std::uint64_t calm = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const RunSpec spec = DrawSwarm(seed, {});
    std::set<FaultKind> kinds;
    for (const FaultEvent& fault : spec.faults) kinds.insert(fault.kind);
    EXPECT_LE(kinds.size(), static_cast<std::size_t>(kMaxSwarmKinds));
    for (const FaultKind kind : kinds) ++runs[kind];
    ++sizes[spec.nodes];
    members_only += spec.workload.clients == 0 ? 1 : 0;
    calm += kinds.empty() ? 1 : 0;
  }
  for (const FaultTraits& traits : AllFaults()) {
    SCOPED_TRACE(traits.name);
    if (traits.data_repaired && !traits.by_operator) {
      EXPECT_GT(runs[traits.kind], kSeeds / 50);
    }
    EXPECT_LT(runs[traits.kind], kSeeds / 2);
  }
  EXPECT_EQ(runs[FaultKind::kUdpBlocked], 0u);
  EXPECT_EQ(runs[FaultKind::kSafeRestarts], 0u) << "what operators do is no fault";
  for (int nodes = 1; nodes <= 7; ++nodes) EXPECT_GT(sizes[nodes], kSeeds / 100) << nodes;
  EXPECT_GT(members_only, kSeeds / 10);
  EXPECT_LT(members_only, kSeeds / 3);
  EXPECT_LT(calm, kSeeds / 10) << "runs without any fault find little";
}

// At no moment are so many storage nodes away that an acknowledged write may have had no other
// holder; but in one run of ten.
TEST(SwarmTest, AcknowledgedWritesUsuallyKeepAHolder) {
  std::uint64_t reckless = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const RunSpec spec = DrawSwarm(seed, {});
    if (spec.workload.clients == 0) continue;
    const int acks = spec.min_acks > 0 ? spec.min_acks : std::min({2, spec.replicas, spec.nodes});
    std::vector<std::pair<Duration, int>> changes;
    for (const FaultEvent& fault : spec.faults) {
      const bool restart = fault.kind == FaultKind::kRestart;
      if (!restart && fault.kind != FaultKind::kProcessCrash &&
          fault.kind != FaultKind::kHostCrash && fault.kind != FaultKind::kLeave) {
        continue;
      }
      if (!IsNode(spec, fault.hosts.at(0))) continue;
      changes.emplace_back(fault.at, 1);
      changes.emplace_back(fault.at + (restart ? fault.lasts + seconds(20) : seconds(75)), -1);
    }
    std::sort(changes.begin(), changes.end());
    int away = 0;
    int most = 0;
    for (const auto& [at, change] : changes) most = std::max(most, away += change);
    EXPECT_LE(most + acks, std::max(spec.nodes, acks))
        << "too few are left to write: seed " << seed;
    reckless += most >= acks ? 1 : 0;
  }
  EXPECT_GT(reckless, 0u);
  EXPECT_LT(reckless, kSeeds / 10);
}

// Packets cross the border of the hosts that a fault names, and those of everybody need two.
TEST(SwarmTest, FaultsOfPacketsHaveSomebodyWhoLivesOnBothSides) {
  const std::set<FaultKind> of_packets = {
      FaultKind::kLoss,       FaultKind::kBurstLoss, FaultKind::kDuplicate,
      FaultKind::kReorder,    FaultKind::kLatency,   FaultKind::kStall,
      FaultKind::kTcpBlocked, FaultKind::kCut,       FaultKind::kCutOneWay};
  for (std::uint64_t seed = 0; seed < 4 * kSeeds; ++seed) {
    const RunSpec spec = DrawSwarm(seed, {});
    std::set<int> lasting;
    for (int host = 0; host < HostCount(spec); ++host) lasting.insert(host);
    for (const FaultEvent& fault : spec.faults) {
      const bool ends = fault.kind == FaultKind::kProcessCrash ||
                        fault.kind == FaultKind::kHostCrash || fault.kind == FaultKind::kLeave;
      if (ends) lasting.erase(fault.hosts.at(0));
    }
    for (const FaultEvent& fault : spec.faults) {
      if (!of_packets.contains(fault.kind)) continue;
      std::set<int> others = lasting;
      for (const int host : fault.hosts) others.erase(host);
      EXPECT_GE(others.size(), fault.hosts.empty() ? 2u : 1u) << "seed " << seed << "\n"
                                                              << Print(spec);
    }
  }
}

TEST(SwarmTest, RunsWithClientsLeaveThemSomebodyUnharmed) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const RunSpec spec = DrawSwarm(seed, {});
    if (spec.workload.clients > 0) {
      EXPECT_FALSE(ClientHosts(spec).empty()) << seed;
    }
  }
}

}  // namespace
}  // namespace vf::sim
