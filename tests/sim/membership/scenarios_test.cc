// Whole lives of large clusters: cold starts, mass restarts, churn (docs/membership.md). Every
// process runs the real core. VF_SCENARIO_NODES chooses another size than the quick one.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <set>
#include <string>

#include "base/rng.h"
#include "tools/cluster-sim/membership/member_cluster.h"

namespace vf::sim {
namespace {

constexpr Duration kLook = milliseconds(20);

std::size_t NodesOr(std::size_t quick) {
  const char* text = std::getenv("VF_SCENARIO_NODES");
  return text == nullptr ? quick : static_cast<std::size_t>(std::stoul(text));
}

double Seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

std::size_t Up(const MemberCluster& cluster) {
  std::size_t up = 0;
  for (HostNumber host = 0; host < cluster.hosts(); ++host) up += cluster.IsUp(host) ? 1 : 0;
  return up;
}

// Every process that runs holds exactly these for alive: counted, and compared by view hash.
bool AllSeeAll(const MemberCluster& cluster) {
  const std::size_t wanted = Up(cluster);
  std::uint64_t hash = 0;
  for (HostNumber host = 0; host < cluster.hosts(); ++host) {
    if (!cluster.IsUp(host)) continue;
    const auto& table = cluster.table(host);
    if (!cluster.joined(host) || table.live() != wanted) return false;
    if (hash != 0 && table.view_hash() != hash) return false;
    hash = table.view_hash();
  }
  return true;
}

// How long it takes, from now on.
std::optional<Duration> UntilAllSeeAll(MemberCluster& cluster, Duration limit) {
  const TimePoint begin = cluster.now();
  while (cluster.now() < begin + limit) {
    cluster.RunUntil(cluster.now() + kLook);
    if (AllSeeAll(cluster)) return cluster.now() - begin;
  }
  return std::nullopt;
}

std::uint64_t QueuePeak(const MemberCluster& cluster) {
  std::uint64_t peak = 0;
  for (HostNumber host = 0; host < cluster.hosts(); ++host) {
    if (cluster.IsUp(host)) peak = std::max(peak, cluster.counters(host).queue_peak);
  }
  return peak;
}

std::uint64_t BytesOut(const MemberCluster& cluster) {
  std::uint64_t bytes = 0;
  for (HostNumber host = 0; host < cluster.hosts(); ++host) {
    if (!cluster.IsUp(host)) continue;
    bytes += cluster.counters(host).bytes_out + 28 * cluster.counters(host).datagrams_out;
  }
  return bytes;
}

// Goals G11 and G12: all start within a second, through one member.
TEST(MembershipScenarioTest, S8_AColdStartThroughOneContactIsOverInSeconds) {
  const std::size_t nodes = NodesOr(100);
  MemberClusterOptions options;
  options.seed = 8;
  MemberCluster cluster(options);
  std::set<std::size_t> sizes;
  cluster.on_belief = [&](HostNumber observer, HostNumber, const BeliefChange&) {
    if (cluster.joined(observer)) sizes.insert(cluster.table(observer).live());
  };
  for (std::size_t i = 1; i < nodes; ++i) {
    cluster.Join(0);
    cluster.RunUntil(cluster.now() + seconds(1) / static_cast<int>(nodes));
  }
  const auto took = UntilAllSeeAll(cluster, seconds(60));
  ASSERT_TRUE(took.has_value());
  std::cout << nodes << " nodes: all see all " << Seconds(*took) << " s after the last start, "
            << sizes.size() << " sizes of views, queue peak " << QueuePeak(cluster) << ", "
            << BytesOut(cluster) / nodes / 1'000 << " KB a node\n";
  EXPECT_LE(*took, nodes <= 1'000 ? seconds(2) : seconds(4));
  EXPECT_LE(sizes.size(), 200u);
  EXPECT_LE(QueuePeak(cluster), nodes);
}

// Goal G19: everybody but one restarts, with new ids at the old addresses.
TEST(MembershipScenarioTest, S9_AMassRestartLeavesNobodyBehind) {
  const std::size_t nodes = NodesOr(100);
  MemberClusterOptions options;
  options.nodes = nodes;
  options.seed = 9;
  MemberCluster cluster(options);
  cluster.RunUntil(cluster.now() + seconds(2));
  for (HostNumber host = 1; host < nodes; ++host) cluster.Crash(host, host % 2 == 0);
  cluster.RunUntil(cluster.now() + seconds(3));
  for (HostNumber host = 1; host < nodes; ++host) {
    cluster.Restart(host, 0);
    cluster.RunUntil(cluster.now() + seconds(2) / static_cast<int>(nodes));
  }
  const auto took = UntilAllSeeAll(cluster, seconds(60));
  ASSERT_TRUE(took.has_value());
  std::cout << nodes << " nodes: all alive " << Seconds(*took) << " s after the last start\n";
  EXPECT_LE(*took, seconds(8));
  cluster.RunUntil(cluster.now() + seconds(20));
  EXPECT_TRUE(AllSeeAll(cluster)) << "nobody is stuck";
}

// One percent comes and goes in a minute: news never piles up, and views agree once it is quiet.
TEST(MembershipScenarioTest, S17_ChurnPilesUpNothing) {
  const std::size_t nodes = NodesOr(100);
  MemberClusterOptions options;
  options.nodes = nodes;
  options.seed = 17;
  MemberCluster cluster(options);
  Rng rng(17);
  const std::size_t a_minute = std::max<std::size_t>(nodes / 100, 1);
  for (std::size_t i = 0; i < 3 * a_minute; ++i) {
    cluster.RunUntil(cluster.now() + minutes(1) / static_cast<int>(a_minute));
    HostNumber victim = 0;
    do {
      victim = static_cast<HostNumber>(rng.Uniform(cluster.hosts()));
    } while (victim == 0 || !cluster.IsUp(victim));
    cluster.Crash(victim, rng.Chance(1, 2));
    cluster.Join(0);
  }
  const auto took = UntilAllSeeAll(cluster, seconds(60));
  ASSERT_TRUE(took.has_value());
  std::cout << nodes << " nodes: views agree " << Seconds(*took)
            << " s after the last change, queue peak " << QueuePeak(cluster) << "\n";
  EXPECT_LE(QueuePeak(cluster), cluster.hosts());
}

}  // namespace
}  // namespace vf::sim
