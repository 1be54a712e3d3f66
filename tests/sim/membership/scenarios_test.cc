// Whole lives of large clusters: cold starts, mass restarts, churn (docs/membership.md). Every
// process runs the real core. VF_SCENARIO_NODES chooses another size than the quick one. Newcomers
// share nothing with others, so where nearly all are, each has a table of its own: less memory.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/rng.h"
#include "tools/cluster-sim/membership/member_cluster.h"

namespace vf::sim {
namespace {

constexpr Duration kLook = milliseconds(20);

std::size_t NodesOr(std::size_t quick) {
  const char* text = std::getenv("VF_SCENARIO_NODES");
  return text == nullptr ? quick : static_cast<std::size_t>(std::stoul(text));
}

template <typename Cluster>
std::size_t Up(const Cluster& cluster) {
  std::size_t up = 0;
  for (HostNumber host = 0; host < cluster.hosts(); ++host) up += cluster.IsUp(host) ? 1 : 0;
  return up;
}

// Every process that runs holds exactly these for alive: counted, and compared by view hash.
template <typename Cluster>
bool AllSeeAll(const Cluster& cluster) {
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
template <typename Cluster>
std::optional<Duration> UntilAllSeeAll(Cluster& cluster, Duration limit) {
  const TimePoint begin = cluster.now();
  while (cluster.now() < begin + limit) {
    cluster.RunUntil(cluster.now() + kLook);
    if (AllSeeAll(cluster)) return cluster.now() - begin;
  }
  return std::nullopt;
}

template <typename Cluster>
std::uint64_t QueuePeak(const Cluster& cluster) {
  std::uint64_t peak = 0;
  for (HostNumber host = 0; host < cluster.hosts(); ++host) {
    if (cluster.IsUp(host)) peak = std::max(peak, cluster.counters(host).queue_peak);
  }
  return peak;
}

template <typename Cluster>
std::uint64_t BytesOut(const Cluster& cluster) {
  std::uint64_t bytes = 0;
  for (HostNumber host = 0; host < cluster.hosts(); ++host) {
    if (!cluster.IsUp(host)) continue;
    bytes += cluster.counters(host).bytes_out + 28 * cluster.counters(host).datagrams_out;
  }
  return bytes;
}

// What those who read the views of members that have joined are told.
class ToldViews {
 public:
  explicit ToldViews(FullMemberCluster& cluster) : cluster_(cluster) {
    cluster.on_view = [this](HostNumber host) { OnView(host); };
  }
  // Different numbers of members, anywhere.
  std::size_t sizes() const { return sizes_.size(); }
  std::uint64_t views() const { return views_; }
  // Everybody was told of so many, last.
  bool All(std::size_t members) const {
    return last_.size() == members &&
           std::all_of(last_.begin(), last_.end(), [&](std::size_t n) { return n == members; });
  }

 private:
  void OnView(HostNumber host) {
    if (!cluster_.joined(host)) return;
    const std::size_t size = cluster_.table(host).live();
    sizes_.insert(size);
    ++views_;
    if (host >= last_.size()) last_.resize(host + 1);
    last_[host] = size;
  }

  const FullMemberCluster& cluster_;
  std::set<std::size_t> sizes_;
  std::uint64_t views_ = 0;
  std::vector<std::size_t> last_ = {1};  // the first member is told of itself when it is made
};

// All start within `spread`, through one member.
void ColdStart(std::size_t nodes, Duration spread, Duration limit) {
  MemberClusterOptions options;
  options.seed = 8;
  FullMemberCluster cluster(options);
  const ToldViews told(cluster);
  for (std::size_t i = 1; i < nodes; ++i) {
    cluster.Join(0);
    cluster.RunUntil(cluster.now() + spread / nodes);
  }
  auto took = UntilAllSeeAll(cluster, seconds(60));
  ASSERT_TRUE(took.has_value());
  while (!told.All(nodes) && *took < seconds(60)) {
    cluster.RunUntil(cluster.now() + kLook);
    *took += kLook;
  }
  std::cout << nodes << " nodes within " << ToSeconds(spread) << " s: all see all "
            << ToSeconds(*took) << " s after the last start, " << told.sizes()
            << " sizes of views, " << told.views() / nodes << " views a node, queue peak "
            << QueuePeak(cluster) << ", " << BytesOut(cluster) / nodes / 1'000 << " KB a node\n";
  EXPECT_LE(*took, limit);
  EXPECT_LE(told.sizes(), 200u);
  EXPECT_LE(QueuePeak(cluster), nodes);
}

// Goals G11 and G12.
TEST(MembershipScenarioTest, S8_AColdStartThroughOneContactIsOverInSeconds) {
  const std::size_t nodes = NodesOr(100);
  ColdStart(nodes, seconds(1), nodes <= 1'000 ? seconds(2) : seconds(4));
}

// Harder: the first of them has nobody but the contact to ask.
TEST(MembershipScenarioTest, S8_AColdStartOfAllAtOneMomentIsOverInSeconds) {
  ColdStart(NodesOr(100), Duration::zero(), seconds(4));
}

// Goal G19: everybody but one restarts, with new ids at the old addresses.
TEST(MembershipScenarioTest, S9_AMassRestartLeavesNobodyBehind) {
  const std::size_t nodes = NodesOr(100);
  MemberClusterOptions options;
  options.nodes = nodes;
  options.seed = 9;
  FullMemberCluster cluster(options);
  cluster.RunUntil(cluster.now() + seconds(2));
  for (HostNumber host = 1; host < nodes; ++host) cluster.Crash(host, host % 2 == 0);
  cluster.RunUntil(cluster.now() + seconds(3));
  for (HostNumber host = 1; host < nodes; ++host) {
    cluster.Restart(host, 0);
    cluster.RunUntil(cluster.now() + Duration(seconds(2)) / nodes);
  }
  const auto took = UntilAllSeeAll(cluster, seconds(60));
  ASSERT_TRUE(took.has_value());
  std::cout << nodes << " nodes: all alive " << ToSeconds(*took) << " s after the last start\n";
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
    cluster.RunUntil(cluster.now() + Duration(minutes(1)) / a_minute);
    HostNumber victim = 0;
    do {
      victim = static_cast<HostNumber>(rng.Uniform(cluster.hosts()));
    } while (victim == 0 || !cluster.IsUp(victim));
    cluster.Crash(victim, rng.Chance(1, 2));
    cluster.Join(0);
  }
  const auto took = UntilAllSeeAll(cluster, seconds(60));
  ASSERT_TRUE(took.has_value());
  std::cout << nodes << " nodes: views agree " << ToSeconds(*took)
            << " s after the last change, queue peak " << QueuePeak(cluster) << "\n";
  EXPECT_LE(QueuePeak(cluster), cluster.hosts());
}

}  // namespace
}  // namespace vf::sim
