// The model of memberlist against the arithmetic of its parameters.
//
// Sources: memberlist v0.6.0 (limits, timeouts, ticks); the convergence simulator of Serf's
// documentation, commit a24f620 (a logistic curve); SWIM, DSN 2002.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>
#include <vector>

#include "tests/sim/rivals/rival_fixture.h"

namespace vf::sim {
namespace {

// More than any figure here.
constexpr int kNeverReached = 1000;

// Rounds after which 99 % and all of n members know, when ticks of all coincide and nothing but
// gossip ticks carries news: averages over trials. The first round is the one after the news.
struct Rounds {
  double nearly_all = 0, all = 0;
};

Rounds RoundsWithLimit(HostNumber n, double loss, int trials) {
  MemberlistOptions options;
  options.probe_interval = hours(100);  // no pings, no exchanges
  options.push_pull_interval = hours(10'000);
  NetworkSpec network;
  network.loss = loss;
  const Rng rng(6);
  Rounds sum;
  const Duration before = options.gossip_interval / 2;
  for (int trial = 0; trial < trials; ++trial) {
    const auto learned =
        SpreadOfNews({n, network, Duration::zero()}, MakeMemberlist(options),
                     rng.Fork(static_cast<std::uint64_t>(trial)), before, seconds(60));
    // The news is half a tick old at the first one.
    const auto round = [&](double share) -> double {
      // Who announced it knows it too.
      const auto known = static_cast<std::size_t>(std::ceil(share * n - 1e-9));
      if (known < 2) return 0;
      if (known - 1 > learned.size()) return kNeverReached;
      return std::floor((learned[known - 2] - before) / options.gossip_interval) + 1;
    };
    sum.nearly_all += round(0.99) / trials;
    sum.all += round(1) / trials;
  }
  return sum;
}

// Serf's curve: each tells 1.5 (1 - loss) members a round. Its table rounds up.
double LogisticRounds(double n, double share, double loss) {
  return std::log((n + 1) * share / (1 - share)) / (1.5 * (1 - loss));
}

// Rounds of 200 ms after which shares of all members know, over all trials together: ticks have
// random phases, nothing but them carries news, and nothing is ever dropped.
std::vector<double> RoundsWithoutLimit(HostNumber n, double loss, Duration gossip_interval,
                                       const std::vector<double>& shares, int trials) {
  MemberlistOptions options;
  options.probe_interval = hours(100);
  options.push_pull_interval = hours(10'000);
  options.retransmit_multiplier = 1000;
  options.gossip_interval = gossip_interval;
  NetworkSpec network;
  network.loss = loss;
  const Rng rng(5);
  std::vector<Duration> learned;
  for (int trial = 0; trial < trials; ++trial) {
    const auto one =
        SpreadOfNews({n, network}, MakeMemberlist(options),
                     rng.Fork(static_cast<std::uint64_t>(trial)), seconds(1), seconds(60));
    learned.insert(learned.end(), one.begin(), one.end());
    learned.emplace_back();  // who announced it
  }
  std::sort(learned.begin(), learned.end());
  std::vector<double> rounds;
  for (const double share : shares) {
    const auto known = static_cast<std::size_t>(std::ceil(share * n * trials - 1e-9));
    rounds.push_back(known <= learned.size() ? ToSeconds(learned[known - 1]) / 0.2 : kNeverReached);
  }
  return rounds;
}

// T5. The curve counts half of the contacts only, so it is what gossip at half the rate does; at
// the rate that memberlist has, everything is faster than the curve says.
TEST(MemberlistTheoryTest, GossipWithoutLimitFollowsTheLogisticCurve) {
  // The table of Serf's documentation, in tenths of a second.
  EXPECT_EQ(std::ceil(LogisticRounds(1000, 0.99, 0)) * 2, 16);
  EXPECT_EQ(std::ceil(LogisticRounds(10'000, 0.9999, 0)) * 2, 26);
  EXPECT_EQ(std::ceil(LogisticRounds(100, 0.99, 0.25)) * 2, 18);
  struct {
    HostNumber n;
    int trials;
  } const rows[] = {{10, 300}, {30, 300}, {100, 300}, {1000, 30}, {10'000, 2}};
  const std::vector<double> shares{0.5, 0.9, 0.99, 0.9999};
  for (const auto& row : rows) {
    for (const double loss : {0.0, 0.25}) {
      const auto half = RoundsWithoutLimit(row.n, loss, milliseconds(400), shares, row.trials);
      const auto full = RoundsWithoutLimit(row.n, loss, milliseconds(200), shares, row.trials);
      for (std::size_t i = 0; i < shares.size(); ++i) {
        // Less than two members of all trials are no share.
        if ((1 - shares[i]) * row.n * row.trials < 2 - 1e-9) continue;
        const double theory = LogisticRounds(row.n, shares[i], loss);
        std::cout << "T5 n " << row.n << " " << 100 * shares[i] << " %, loss " << loss
                  << ": half the rate " << half[i] << " rounds, theory " << theory << ", full rate "
                  << full[i] << "\n";
        EXPECT_NEAR(half[i], theory, 1) << "at " << row.n << ", " << shares[i] << ", " << loss;
        EXPECT_LT(full[i], theory) << "at " << row.n << ", " << shares[i] << ", " << loss;
      }
    }
  }
}

// T6: rounds until at most `left` of n members do not know, where each sends f packets a round
// until it has sent as many as the limit.
int LimitedRounds(double n, double loss, double left) {
  const int limit = 4 * static_cast<int>(std::ceil(std::log10(n + 1)));
  const int f = 3;
  std::vector<double> infected{1};  // in each round
  double known = 1;
  for (int round = 1;; ++round) {
    double packets = 0;
    for (std::size_t i = 0; i < infected.size(); ++i) {
      const int sent = f * static_cast<int>(infected.size() - 1 - i);
      packets += infected[i] * std::clamp(limit - sent, 0, f);
    }
    infected.push_back((n - known) * (1 - std::exp(-packets * (1 - loss) / n)));
    known += infected.back();
    if (n - known <= left) return round;
    if (round > kNeverReached) return kNeverReached;
  }
}

TEST(MemberlistTheoryTest, GossipWithLimitFollowsTheRecursion) {
  for (const HostNumber n : {100U, 1000U, 10'000U}) {
    const int trials = n > 1000 ? 2 : 20;
    const Rounds calm = RoundsWithLimit(n, 0, trials);
    const Rounds lossy = RoundsWithLimit(n, 0.25, trials);
    struct {
      const char* share;
      double measured;
      int theory;
    } const rows[] = {{"99 %", calm.nearly_all, LimitedRounds(n, 0, 0.01 * n)},
                      {"all", calm.all, LimitedRounds(n, 0, 0.5)},
                      {"99 %, 25 % loss", lossy.nearly_all, LimitedRounds(n, 0.25, 0.01 * n)}};
    for (const auto& row : rows) {
      std::cout << "T6 n " << n << " " << row.share << ": " << row.measured << " rounds, theory "
                << row.theory << "\n";
      EXPECT_NEAR(row.measured, row.theory, 1) << "at " << n << ", " << row.share;
    }
  }
}

TEST(MemberlistTheoryTest, ACrashIsDeadAfterProbeAndSuspicion) {
  struct {
    HostNumber n;
    int trials;
  } const rows[] = {{10, 300}, {30, 200}, {100, 100}, {300, 60}, {1000, 20}, {10'000, 1}};
  for (const auto& row : rows) {
    // A period until somebody probes it, another until the verdict, then the least suspicion.
    const double theory = 2 + 4 * std::max(1.0, std::log10(static_cast<double>(row.n)));
    const MemberlistOptions options;
    const Rng rng(11);
    double sum = 0;
    for (int trial = 0; trial < row.trials; ++trial) {
      std::optional<TimePoint> first;
      RivalCluster cluster({row.n, {}}, MakeMemberlist(options),
                           rng.Fork(static_cast<std::uint64_t>(trial)),
                           [&](TimePoint now, HostNumber, const RivalEvent& event) {
                             if (event.state == RivalState::kDead && !first) first = now;
                           });
      Rng moment = rng.Fork("crash").Fork(static_cast<std::uint64_t>(trial));
      cluster.RunUntil(cluster.now() + moment.Between(seconds(1), seconds(2)));
      const TimePoint crash = cluster.now();
      cluster.Crash(0);
      while (!first && cluster.Step(crash + minutes(5))) {
      }
      ASSERT_TRUE(first);
      sum += ToSeconds(*first - crash);
    }
    const double measured = sum / row.trials;
    std::cout << "T11 n " << row.n << ": first dead after " << measured << " s, theory " << theory
              << " s\n";
    EXPECT_NEAR(measured / theory, 1, 0.05) << "at " << row.n;
  }
}

}  // namespace
}  // namespace vf::sim
