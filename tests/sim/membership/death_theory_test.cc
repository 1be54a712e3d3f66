// Deaths against arithmetic: how long it takes until nearly all know that a member is gone, and how
// soon the two sides of a cut meet again.
//
// T' is the probe interval, N the number of members. Times are those at which 99 % of the living
// hold the member for dead.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <map>
#include <vector>

#include "gossip/config.h"
#include "tools/cluster-sim/membership/member_cluster.h"

namespace vf::sim {
namespace {

constexpr Duration kInterval = milliseconds(250);
constexpr Duration kSettle = 8 * kInterval;

double Mean(const std::vector<double>& samples) {
  double sum = 0;
  for (const double sample : samples) sum += sample;
  return sum / static_cast<double>(samples.size());
}

double Percentile(std::vector<double> samples, double share) {
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
}

// T1: the mean until somebody probes one of so many members.
double FirstProbe(double nodes) { return ToSeconds(kInterval) * (nodes - 1) / nodes; }

// A push and its hops to 99 %.
constexpr double kNewsSeconds = 0.012;

// Crashes members of one cluster, some at a time, and notes when 99 % of the others know.
class Deaths {
 public:
  explicit Deaths(const MemberClusterOptions& options)
      : rng_(Rng(options.seed).Fork("deaths")), cluster_(options) {
    cluster_.on_belief = [this](HostNumber, HostNumber subject, const BeliefChange& change) {
      if (change.after == MemberState::kSuspect && cluster_.IsUp(subject)) ++false_suspicions_;
      if (change.after != MemberState::kDead) return;
      const auto it = crashed_.find(subject);
      if (it == crashed_.end()) {
        ++false_deaths_;
      } else if (++it->second.know == it->second.wanted) {
        samples_.push_back(ToSeconds(cluster_.now() - it->second.at));
      }
    };
    cluster_.RunUntil(cluster_.now() + kSettle);
  }

  // At one moment at random.
  void Crash(std::size_t count, bool host_up, Duration then) {
    cluster_.RunUntil(cluster_.now() + rng_.Between(Duration::zero(), kInterval));
    std::vector<HostNumber> up;
    for (HostNumber host = 0; host < cluster_.hosts(); ++host) {
      if (cluster_.IsUp(host)) up.push_back(host);
    }
    const std::size_t living = up.size() - count;
    for (const HostNumber host : rng_.Sample(up, count)) {
      crashed_[host] = {cluster_.now(), (living * 99 + 99) / 100, 0};
      cluster_.Crash(host, host_up);
    }
    Pass(then);
  }
  void Pass(Duration time) { cluster_.RunUntil(cluster_.now() + time); }
  // That members raised themselves.
  std::uint64_t suspicions() const {
    std::uint64_t raised = 0;
    for (HostNumber host = 0; host < cluster_.hosts(); ++host) {
      if (cluster_.IsUp(host)) raised += cluster_.counters(host).suspicions_raised;
    }
    return raised;
  }

  MemberCluster& cluster() { return cluster_; }
  const std::vector<double>& samples() const { return samples_; }
  std::size_t crashes() const { return crashed_.size(); }
  int false_deaths() const { return false_deaths_; }
  int false_suspicions() const { return false_suspicions_; }

 private:
  struct Crashed {
    TimePoint at;
    std::size_t wanted = 0;
    std::size_t know = 0;
  };
  Rng rng_;
  MemberCluster cluster_;
  std::map<HostNumber, Crashed> crashed_;
  std::vector<double> samples_;
  int false_deaths_ = 0;
  int false_suspicions_ = 0;
};

MemberClusterOptions OptionsOf(std::size_t nodes, std::uint64_t seed) {
  MemberClusterOptions options;
  options.nodes = nodes;
  options.seed = seed;
  return options;
}

// T12: T' to the first probe, the verdict (4 RTO, which is at its lowest here), 4 max(1, log10 N)
// T' of suspicion, and the news. With the 0.15 s that a verdict may take: 1.45, 2.45 and 3.45 s.
TEST(DeathTheoryTest, ALostHostIsDeadAfterProbeVerdictAndSuspicion) {
  struct Case {
    std::size_t nodes;
    std::uint64_t clusters;
    double bound;
  };
  for (const Case& c : {Case{10, 300, 1.45}, Case{100, 100, 2.45}, Case{1'000, 25, 3.45}}) {
    std::vector<double> samples;
    for (std::uint64_t seed = 1; seed <= c.clusters; ++seed) {
      Deaths deaths(OptionsOf(c.nodes, seed));
      deaths.Crash(1, /*host_up=*/false, seconds(1));
      for (int i = 0; i < 50 && deaths.samples().empty(); ++i) deaths.Pass(milliseconds(200));
      ASSERT_EQ(deaths.samples().size(), 1u) << "N " << c.nodes << ", seed " << seed;
      samples.push_back(deaths.samples().front());
      EXPECT_EQ(deaths.false_deaths() + deaths.false_suspicions(), 0);
    }
    const double nodes = static_cast<double>(c.nodes);
    const double interval = ToSeconds(kInterval);
    const double expected = FirstProbe(nodes) + 4 * ToSeconds(SwimConfig::Lan().rto_low) +
                            4 * std::max(1.0, std::log10(nodes)) * interval + kNewsSeconds;
    std::cout << "T12: N " << c.nodes << ": mean " << Mean(samples) << " s, expected " << expected
              << " s, at most " << c.bound << " s; p50 " << Percentile(samples, 0.5) << ", p99 "
              << Percentile(samples, 0.99) << "\n";
    EXPECT_NEAR(Mean(samples), expected, 0.05 * expected);
    EXPECT_LE(Mean(samples), 1.05 * c.bound);
  }
}

// T12b: T1, then refused, witnesses, the news: mean 0.28 s, p50 0.2 s, p99 1.2 s.
// One at a time: the news of one death runs into other dead processes, and finds them sooner.
TEST(DeathTheoryTest, AKilledProcessIsDeadAsSoonAsItIsProbed) {
  constexpr std::size_t kNodes = 60;
  constexpr int kCrashes = 30;
  std::vector<double> samples;
  std::uint64_t suspicions = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    Deaths deaths(OptionsOf(kNodes, seed));
    for (int i = 0; i < kCrashes; ++i) deaths.Crash(1, /*host_up=*/true, milliseconds(1'600));
    EXPECT_GE(deaths.samples().size() + 1, deaths.crashes());
    EXPECT_EQ(deaths.false_deaths() + deaths.false_suspicions(), 0);
    samples.insert(samples.end(), deaths.samples().begin(), deaths.samples().end());
    suspicions += deaths.suspicions();
  }
  const double mean = Mean(samples);
  const double p50 = Percentile(samples, 0.5);
  const double p99 = Percentile(samples, 0.99);
  std::cout << "T12b: mean " << mean << " s, p50 " << p50 << ", p99 " << p99 << " of "
            << samples.size() << "; suspicions " << suspicions << "\n";
  EXPECT_NEAR(mean, 0.28, 0.05 * 0.28);
  EXPECT_NEAR(p50, 0.2, 0.05 * 0.2);
  EXPECT_NEAR(p99, 1.2, 0.05 * 1.2);
  EXPECT_EQ(suspicions, 0u) << "three witnesses leave nothing to suspect";
}

// Hosts limit their ICMP answers. Resets they do not limit, and each prober needs one answer only.
TEST(DeathTheoryTest, ManyProbersOfADeadProcessFindTheirWitnesses) {
  std::uint64_t fast = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    MemberClusterOptions options = OptionsOf(200, seed);
    options.config.probe_interval = milliseconds(100);  // and so more probers in a second
    Deaths deaths(options);
    deaths.Crash(50, /*host_up=*/true, seconds(3));
    EXPECT_EQ(deaths.samples().size(), 50u);
    EXPECT_LE(Percentile(deaths.samples(), 0.9), 1);
    EXPECT_LE(Percentile(deaths.samples(), 1), 2.5);
    for (HostNumber host = 0; host < deaths.cluster().hosts(); ++host) {
      if (deaths.cluster().IsUp(host)) fast += deaths.cluster().counters(host).fast_deaths;
    }
  }
  EXPECT_GE(fast, 20u * 50u);
}

// T13. Every member of the smaller side (D) tries once a second, and so do D of the others. With D
// = 1: within a second, after 1/e of it on average; else after 1/(2D). A member that is alone finds
// itself isolated and judges nobody more, so some of the others stay alive to it: it goes on
// probing these too, slowly, and meets them earlier than the formula says.
TEST(DeathTheoryTest, TheSidesOfACutMeetSoon) {
  struct Case {
    std::size_t nodes;
    std::size_t smaller;
    std::uint64_t clusters;
    double expected;
  };
  for (const Case& c : {Case{30, 1, 2, 0.37}, Case{40, 6, 12, 1.0 / 12}}) {
    std::vector<double> waits;
    for (std::uint64_t seed = 1; seed <= c.clusters; ++seed) {
      MemberCluster cluster(OptionsOf(c.nodes, seed));
      Disturbance cut;
      cut.kind = Disturbance::Kind::kCut;
      cut.traffic = Traffic::kAll;
      for (HostNumber host = 0; host < c.smaller; ++host) cut.hosts.push_back(host);
      cluster.network().Add(cut);
      cluster.RunUntil(cluster.now() + seconds(150));
      std::vector<TimePoint> tries;
      cluster.on_send = [&](HostNumber from, HostNumber to, ByteSpan) {
        if ((from < c.smaller) != (to < c.smaller)) tries.push_back(cluster.now());
      };
      const TimePoint begin = cluster.now();
      cluster.RunUntil(begin + seconds(60));
      Rng rng(seed);
      for (int i = 0; i < 2'000; ++i) {
        const TimePoint healed = begin + rng.Between(Duration::zero(), seconds(55));
        const auto first = std::lower_bound(tries.begin(), tries.end(), healed);
        ASSERT_NE(first, tries.end());
        waits.push_back(ToSeconds(*first - healed));
      }
    }
    std::cout << "T13: D " << c.smaller << " of " << c.nodes << ": mean " << Mean(waits)
              << " s, expected " << c.expected << " s; longest " << Percentile(waits, 1) << "\n";
    EXPECT_LE(Mean(waits), 1.1 * c.expected);
    EXPECT_GE(Mean(waits), (c.smaller == 1 ? 0.7 : 0.9) * c.expected);
    EXPECT_LE(Percentile(waits, 1), 1);
  }
}

}  // namespace
}  // namespace vf::sim
