// News and traffic against arithmetic: what the rules have to come to, over many trials.
//
// F is the fanout of eager pushes, l the loss, r the share of members that news reaches.
// Source: epidemics as branching processes, r = 1 - e^(-F (1 - l) r).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <utility>
#include <vector>

#include "tools/cluster-sim/membership/member_cluster.h"
#include "tools/cluster-sim/membership/membership_spec.h"

namespace vf::sim {
namespace {

// T9: the price of membership does not depend on the size. (The number of members in a header takes
// one byte up to 127 and three beyond 255: 2 % of it.)
TEST(TrafficTheoryTest, IdleBytesAreFlat) {
  std::vector<double> rates;
  double sum = 0;
  for (const int nodes : {100, 1'000, 10'000}) {
    MembershipSpec spec;
    spec.nodes = nodes;
    spec.duration = nodes < 10'000 ? seconds(20) : seconds(5);
    rates.push_back(RunMembership(spec).tx_bytes_per_node_s_mean);
    sum += rates.back();
    std::cout << "T9: N = " << nodes << ": " << rates.back() << " bytes/s\n";
  }
  const double mean = sum / static_cast<double>(rates.size());
  for (const double rate : rates) EXPECT_NEAR(rate, mean, 0.02 * mean);
  EXPECT_LE(rates.back(), 720);
}

// What eager pushes alone do: nothing else carries news here.
struct Spread {
  double coverage = 0;      // of the others, on average
  double hops_to_half = 0;  // on average
  double hops_to_nearly_all = 0;
};

Spread PushNews(std::size_t nodes, int fanout, double loss, int trials) {
  constexpr Duration kWindow = milliseconds(50);  // far above any latency: time tells the hop
  Spread result;
  for (int trial = 0; trial < trials; ++trial) {
    MemberClusterOptions options;
    options.nodes = nodes;
    options.seed = static_cast<std::uint64_t>(trial) + 1;
    options.network.loss = loss;
    options.config.push_fanout = fanout;
    options.config.push_window = kWindow;
    options.config.join_window = options.config.join_window_busy = kWindow;
    options.config.probe_interval = hours(1);
    options.config.repair_interval = hours(1);
    options.config.view_may_differ = hours(1);
    MemberCluster cluster(options);
    const MemberKey subject = cluster.key(0);
    cluster.SetPhase(0, Phase::kDraining);
    const auto knowing = [&] {
      std::size_t count = 0;
      for (HostNumber host = 1; host < nodes; ++host) {
        if (cluster.table(host).Find(subject)->record.phase == Phase::kDraining) ++count;
      }
      return static_cast<double>(count) / static_cast<double>(nodes - 1);
    };
    std::vector<double> after;  // hops
    for (int hop = 1; hop <= 20; ++hop) {
      // What is sent at the end of a window arrives in the middle of the next one.
      cluster.RunUntil(cluster.now() + (hop == 1 ? kWindow * 3 / 2 : kWindow));
      after.push_back(knowing());
    }
    const auto hops_to = [&](double share) {
      return std::find_if(after.begin(), after.end(), [&](double c) { return c >= share; }) -
             after.begin() + 1;
    };
    result.coverage += after.back() / trials;
    result.hops_to_half += static_cast<double>(hops_to(0.5)) / trials;
    result.hops_to_nearly_all += static_cast<double>(hops_to(0.99 * after.back())) / trials;
  }
  return result;
}

// T7: r = 1 - e^(-F (1 - l) r).
TEST(PushTheoryTest, PushesAloneReachWhatAnEpidemicReaches) {
  for (const auto& [fanout, loss] :
       std::vector<std::pair<int, double>>{{4, 0}, {5, 0}, {6, 0}, {5, 0.05}, {5, 0.25}}) {
    double expected = 1;
    for (int i = 0; i < 100; ++i) expected = 1 - std::exp(-fanout * (1 - loss) * expected);
    const double measured = PushNews(1'000, fanout, loss, 20).coverage;
    std::cout << "T7: F = " << fanout << ", loss " << loss << ": " << 100 * measured
              << " %, expected " << 100 * expected << " %\n";
    EXPECT_NEAR(measured, expected, 0.003);
  }
}

// T8.
TEST(PushTheoryTest, HopsGrowWithTheLogarithm) {
  struct Row {
    std::size_t nodes;
    int trials;
    double half;
    double nearly_all;
  };
  for (const Row& row : {Row{100, 20, 3, 5}, Row{1'000, 5, 4, 6}, Row{10'000, 1, 6, 8}}) {
    const Spread spread = PushNews(row.nodes, 5, 0, row.trials);
    std::cout << "T8: N = " << row.nodes << ": " << spread.hops_to_half << " hops to 50 %, "
              << spread.hops_to_nearly_all << " to 99 %\n";
    EXPECT_NEAR(spread.hops_to_half, row.half, 1);
    EXPECT_NEAR(spread.hops_to_nearly_all, row.nearly_all, 1);
  }
}

}  // namespace
}  // namespace vf::sim
