// Probes against arithmetic: what the rules have to come to, over many probes.
//
// T' is the probe interval, N the number of members, R = (N - 1) T' the length of a round.
// Source: SWIM (DSN 2002) sections 3 and 4.3.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "gossip/wire/codec.h"
#include "tools/cluster-sim/membership/member_cluster.h"

namespace vf::sim {
namespace {

constexpr Duration kInterval = milliseconds(250);

// The chance of a greater distance, if the samples are drawn from the distribution.
double KolmogorovSmirnov(std::vector<double> samples, const std::function<double(double)>& cdf) {
  std::sort(samples.begin(), samples.end());
  const auto n = static_cast<double>(samples.size());
  double distance = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double expected = cdf(samples[i]);
    distance = std::max({distance, expected - static_cast<double>(i) / n,
                         static_cast<double>(i + 1) / n - expected});
  }
  const double x = distance * std::sqrt(n);
  double p = 0;
  for (int k = 1; k <= 100; ++k) p += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
  return p;
}

bool IsPing(ByteSpan bytes) {
  const auto decoded = DecodePacket(bytes);
  const Packet* packet = std::get_if<Packet>(&decoded);
  return packet != nullptr && !packet->messages.empty() &&
         std::holds_alternative<Ping>(packet->messages.front());
}

// All healthy, nothing lost: every ping is a probe. `on_probe(at, from, to)`.
using OnProbe = std::function<void(TimePoint, HostNumber, HostNumber)>;
void WatchProbes(std::size_t nodes, Duration duration, const OnProbe& on_probe) {
  MemberClusterOptions options;
  options.nodes = nodes;
  MemberCluster cluster(options);
  cluster.on_send = [&](HostNumber from, HostNumber to, ByteSpan bytes) {
    if (IsPing(bytes)) on_probe(cluster.now(), from, to);
  };
  cluster.RunUntil(cluster.now() + duration);
}

// T1: P(later than t) = (1 - t/R)^(N-1).
TEST(ProbeTheoryTest, ACrashedMemberIsProbedAfterAnIntervalOnAverage) {
  constexpr std::size_t kNodes = 100;
  constexpr int kCrashesEach = 100;
  const Duration duration = seconds(620);
  std::vector<std::vector<TimePoint>> probes(kNodes);
  WatchProbes(kNodes, duration,
              [&](TimePoint at, HostNumber, HostNumber to) { probes[to].push_back(at); });
  Rng rng(1);
  std::vector<double> waits;
  for (std::size_t host = 0; host < kNodes; ++host) {
    for (int crash = 0; crash < kCrashesEach; ++crash) {
      const TimePoint at =
          probes[host].front() + rng.Between(Duration::zero(), seconds(6)) + crash * seconds(6);
      const auto first = std::upper_bound(probes[host].begin(), probes[host].end(), at);
      ASSERT_NE(first, probes[host].end());
      waits.push_back(ToSeconds(*first - at));
    }
  }
  double sum = 0;
  for (const double wait : waits) sum += wait;
  const double mean = sum / static_cast<double>(waits.size());
  const double others = kNodes - 1;
  const double expected = ToSeconds(kInterval) * others / kNodes;
  const double round = ToSeconds(kInterval) * others;
  const double p = KolmogorovSmirnov(
      waits, [&](double t) { return t >= round ? 1 : 1 - std::pow(1 - t / round, others); });
  std::cout << "T1: mean " << mean << " s, expected " << expected << " s; KS p " << p << "\n";
  EXPECT_NEAR(mean, expected, 0.03 * expected);
  EXPECT_GT(p, 0.01);
}

// T3: first in one round, last in the next: never further apart than (2N - 1) T'.
TEST(ProbeTheoryTest, TwoProbesOfOneByAnotherAreLessThanTwoRoundsApart) {
  constexpr std::size_t kNodes = 20;
  std::map<std::pair<HostNumber, HostNumber>, TimePoint> last;
  Duration longest{};
  WatchProbes(kNodes, seconds(2'000), [&](TimePoint at, HostNumber from, HostNumber to) {
    const auto [it, first] = last.try_emplace({from, to}, at);
    if (!first) longest = std::max(longest, at - it->second);
    it->second = at;
  });
  std::cout << "T3: longest gap " << longest / kInterval << " intervals, N = " << kNodes << "\n";
  EXPECT_LE(longest, (2 * kNodes - 1) * kInterval);
  EXPECT_GT(longest, kNodes * kInterval) << "rounds differ";
  EXPECT_EQ(last.size(), kNodes * (kNodes - 1));
}

// T4: with loss l, q = 1 - l, two direct pings fail with (1 - q^2)^2, three relays with (1 -
// q^4)^3.
TEST(ProbeTheoryTest, FalseSuspicionsUnderLossAreAsRareAsComputed) {
  const std::vector<std::pair<double, std::uint64_t>> cases = {{0.1, 600'000}, {0.2, 150'000}};
  for (const auto& [loss, wanted] : cases) {
    constexpr std::size_t kNodes = 20;
    MemberClusterOptions options;
    options.nodes = kNodes;
    options.network.loss = loss;
    options.streams = false;  // An echo over TCP would save most of them.
    options.config.probe_pings = 2;
    // Fewer datagrams of news; probes are what is looked at.
    options.config.push_fanout = 2;
    options.config.repair_factor = 1;
    MemberCluster cluster(options);
    std::uint64_t probes = 0;
    std::uint64_t failed = 0;
    while (probes < wanted) {
      cluster.RunUntil(cluster.now() + seconds(60));
      probes = failed = 0;
      for (HostNumber host = 0; host < kNodes; ++host) {
        probes += cluster.counters(host).probes;
        failed += cluster.counters(host).probes_failed;
      }
    }
    const double q = 1 - loss;
    const double expected = std::pow(1 - q * q, 2) * std::pow(1 - std::pow(q, 4), 3);
    const double measured = static_cast<double>(failed) / static_cast<double>(probes);
    std::cout << "T4: loss " << loss << ": " << measured << ", expected " << expected << "; "
              << failed << " of " << probes << " probes\n";
    EXPECT_NEAR(measured, expected, 0.05 * expected);
  }
}

// T10: probes received in an interval are Poisson(1).
TEST(ProbeTheoryTest, ProbesReceivedInAnIntervalArePoisson) {
  constexpr std::size_t kNodes = 1'000;
  constexpr std::size_t kIntervals = 40;
  constexpr std::size_t kClasses = 7;  // 0 to 5, and more
  std::vector<std::array<int, kIntervals>> received(kNodes);
  std::optional<TimePoint> begin;
  WatchProbes(kNodes, (kIntervals + 2) * kInterval, [&](TimePoint at, HostNumber, HostNumber to) {
    if (!begin) begin = at + kInterval;  // All have begun by then.
    if (at < *begin) return;
    const auto interval = static_cast<std::size_t>((at - *begin) / kInterval);
    if (interval < kIntervals) ++received[to][interval];
  });
  std::array<double, kClasses> seen{};
  int most = 0;
  for (const auto& intervals : received) {
    for (const int probes : intervals) {
      most = std::max(most, probes);
      ++seen[std::min<std::size_t>(static_cast<std::size_t>(probes), kClasses - 1)];
    }
  }
  double rest = 1;
  double probability = std::exp(-1.0);
  double chi_square = 0;
  for (std::size_t k = 0; k < kClasses; ++k) {
    if (k > 0) probability /= static_cast<double>(k);
    const double share = k + 1 < kClasses ? probability : rest;
    rest -= share;
    const double expected = share * kNodes * kIntervals;
    chi_square += (seen[k] - expected) * (seen[k] - expected) / expected;
  }
  std::cout << "T10: chi-square " << chi_square << " of 6 degrees of freedom, most " << most
            << "\n";
  EXPECT_LT(chi_square, 16.8) << "p < 0.01";
}

}  // namespace
}  // namespace vf::sim
