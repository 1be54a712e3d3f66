// The model of SWIM against the paper's own arithmetic.
//
// Source: Das, Gupta, Motivala, "SWIM: Scalable Weakly-consistent Infection-style Process Group
// Membership Protocol", DSN 2002, sections 3.1 (first detection, false detection), 4.1 (residue).
// Finite sizes and loss are computed from the same formulas, here.
#include <gtest/gtest.h>

#include <cmath>
#include <iostream>
#include <vector>

#include "tests/sim/rivals/rival_fixture.h"

namespace vf::sim {
namespace {

// T2: with `dead` of n members gone, how many periods pass until one of the others has picked a
// certain one of them.
double PeriodsToFirstProbe(int n, int dead) {
  return 1 / (1 - std::pow(1 - 1.0 / (n - 1), n - dead));
}

double MeasuredPeriods(HostNumber n, HostNumber dead, int trials) {
  PaperSwimOptions options;
  options.round_robin = false;
  double periods = 0;
  const Rng rng(2);
  for (int trial = 0; trial < trials; ++trial) {
    std::vector<bool> suspected(dead, false);
    HostNumber missing = dead;
    TimePoint crash;
    RivalCluster cluster(
        {n, {}, Duration::zero()}, MakeSwim(options), rng.Fork(static_cast<std::uint64_t>(trial)),
        [&](TimePoint now, HostNumber, const RivalEvent& event) {
          if (event.subject >= dead || suspected[event.subject]) return;
          suspected[event.subject] = true;
          --missing;
          // A verdict falls at the end of the period of the probe.
          periods += std::floor(ToSeconds(now - crash) / ToSeconds(options.period));
        });
    // Shortly before a period begins.
    cluster.RunUntil(cluster.now() + options.period - milliseconds(100));
    crash = cluster.now();
    for (HostNumber host = 0; host < dead; ++host) cluster.Crash(host);
    while (missing > 0 && cluster.Step(kNever)) {
    }
  }
  return periods / trials / dead;
}

TEST(SwimTheoryTest, FirstProbeOfTheDeadTakesAsManyPeriodsAsThePaperSays) {
  EXPECT_NEAR(PeriodsToFirstProbe(10, 1), 1.530, 0.0005);
  EXPECT_NEAR(PeriodsToFirstProbe(100, 1), 1.577, 0.0005);
  EXPECT_NEAR(PeriodsToFirstProbe(1000, 1), 1.5815, 0.0005);
  struct {
    HostNumber n, dead;
    int trials;
  } const rows[] = {{10, 1, 3000}, {100, 5, 1000}, {1000, 50, 120}};
  for (const auto& row : rows) {
    const double theory = PeriodsToFirstProbe(static_cast<int>(row.n), static_cast<int>(row.dead));
    const double measured = MeasuredPeriods(row.n, row.dead, row.trials);
    std::cout << "T2 n " << row.n << ": " << measured << " periods, theory " << theory << "\n";
    EXPECT_NEAR(measured / theory, 1, 0.02) << "at " << row.n;
  }
}

TEST(SwimTheoryTest, ProbesFailFalselyAsOftenAsLossSays) {
  struct {
    double loss;
    HostNumber n;
    Duration length;
  } const rows[] = {
      {0.05, 30, seconds(120'000)}, {0.1, 30, seconds(10'000)}, {0.2, 30, seconds(2'000)}};
  for (const auto& row : rows) {
    const double q = 1 - row.loss;
    const double theory = (1 - q * q) * std::pow(1 - std::pow(q, 4), 3);
    NetworkSpec network;
    network.loss = row.loss;
    PaperSwimOptions options;
    options.suspicion_multiplier = 1000;  // nobody dies of it: each probe has a living target
    RivalCluster cluster({row.n, network}, MakeSwim(options), Rng(4), {});
    cluster.RunUntil(cluster.now() + row.length);
    double probes = 0;
    double failed = 0;
    for (HostNumber host = 0; host < row.n; ++host) {
      probes += static_cast<double>(cluster.member(host).counters().probes);
      failed += static_cast<double>(cluster.member(host).counters().failed_probes);
    }
    std::cout << "T4 loss " << row.loss << ": " << failed / probes << " of " << probes
              << " probes fail, theory " << theory << ", events " << cluster.events() << "\n";
    EXPECT_NEAR(failed / probes / theory, 1, 0.05) << "at " << row.loss;
  }
}

TEST(SwimTheoryTest, HardlyAnybodyMissesNewsAfterLambdaLogNPeriods) {
  struct {
    HostNumber n;
    double lambda;
    int trials;
  } const rows[] = {
      {100, 1.2, 1000}, {100, 1.5, 1000}, {300, 1.2, 300}, {100, 2, 300}, {1000, 1.5, 10}};
  for (const auto& row : rows) {
    const double n = row.n;
    const double bound = std::pow(n, -((2 - 4 / n) * row.lambda - 2));
    PaperSwimOptions options;
    options.round_robin = false;
    options.lambda = row.lambda;
    const auto periods = static_cast<int>(std::ceil(row.lambda * std::log(n)));
    const Rng rng(14);
    double missed = 0;
    for (int trial = 0; trial < row.trials; ++trial) {
      const auto learned =
          SpreadOfNews({row.n, {}}, MakeSwim(options), rng.Fork(static_cast<std::uint64_t>(trial)),
                       milliseconds(1500), periods * options.period);
      missed += static_cast<double>(row.n - 1 - learned.size());
    }
    std::cout << "T14 n " << row.n << " lambda " << row.lambda << ": " << missed / row.trials
              << " members miss it after " << periods << " periods, bound " << bound << "\n";
    EXPECT_LE(missed / row.trials, bound);
  }
}

}  // namespace
}  // namespace vf::sim
