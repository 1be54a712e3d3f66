#include "tools/cluster-sim/network/network.h"

#include <gtest/gtest.h>

#include <vector>

namespace vf::sim {
namespace {

using Kind = Disturbance::Kind;
constexpr TimePoint kNow{seconds(1)};

int LostOf(Network& network, HostNumber from, HostNumber to, int datagrams) {
  int lost = 0;
  for (int i = 0; i < datagrams; ++i) lost += network.SendDatagram(kNow, from, to).arrivals == 0;
  return lost;
}

TEST(NetworkTest, DeliversEverythingOnceAndLaterWithoutDisturbances) {
  Network network({}, 3, Rng(1));
  for (int i = 0; i < 10'000; ++i) {
    const Fate fate = network.SendDatagram(kNow, 0, 1);
    ASSERT_EQ(fate.arrivals, 1);
    ASSERT_GT(fate.at[0], kNow);
    ASSERT_LT(fate.at[0], kNow + milliseconds(5));
  }
  EXPECT_EQ(network.counters().datagrams, 10'000u);
  EXPECT_EQ(network.counters().lost, 0u);
}

TEST(NetworkTest, SpecWideLossIsWithinItsBounds) {
  NetworkSpec spec;
  spec.loss = 0.05;
  Network network(spec, 2, Rng(2));
  // Six standard deviations: sqrt(1e5 * 0.05 * 0.95) = 69.
  EXPECT_NEAR(LostOf(network, 0, 1, 100'000), 5'000, 6 * 69);
}

TEST(NetworkTest, OneWayCutCutsOneWayAndCutHostsHearEachOther) {
  Network network({}, 5, Rng(3));
  const DisturbanceId id = network.Add(
      {.kind = Kind::kCut, .traffic = Traffic::kAll, .hosts = {0, 1}, .incoming = false});
  EXPECT_EQ(LostOf(network, 0, 2, 10), 10);
  EXPECT_EQ(LostOf(network, 2, 0, 10), 0);
  EXPECT_EQ(LostOf(network, 0, 1, 10), 0);
  EXPECT_EQ(LostOf(network, 2, 3, 10), 0);
  EXPECT_EQ(network.StruckBy(id), 10u);
  network.Remove(id);
  EXPECT_EQ(LostOf(network, 0, 2, 10), 0);
  EXPECT_EQ(network.StruckBy(id), 10u);
}

}  // namespace
}  // namespace vf::sim
