#include "tools/cluster-sim/network/network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tools/cluster-sim/engine/trace_hash.h"

namespace vf::sim {
namespace {

using Kind = Disturbance::Kind;
constexpr TimePoint kNow{seconds(1)};
constexpr int kMany = 100'000;

// Six standard deviations of the number of heads among `tosses`.
double SixSigma(int tosses, double p) { return 6 * std::sqrt(tosses * p * (1 - p)); }

NetworkSpec Lossy(double loss) {
  NetworkSpec spec;
  spec.loss = loss;
  return spec;
}

Disturbance Everywhere(Kind kind, double strength, Traffic traffic = Traffic::kDatagrams) {
  return {.kind = kind, .traffic = traffic, .strength = strength, .hosts = {}};
}

Disturbance CutOf(std::vector<HostNumber> hosts, Traffic traffic = Traffic::kAll) {
  return {.kind = Kind::kCut, .traffic = traffic, .hosts = std::move(hosts)};
}

bool Arrives(Network& network, HostNumber from, HostNumber to) {
  return network.SendDatagram(kNow, from, to).arrivals > 0;
}
bool SegmentArrives(Network& network, HostNumber from, HostNumber to) {
  return network.SendSegment(kNow, from, to) != kNever;
}

int LostOf(Network& network, HostNumber from, HostNumber to, int datagrams) {
  int lost = 0;
  for (int i = 0; i < datagrams; ++i) lost += Arrives(network, from, to) ? 0 : 1;
  return lost;
}

std::vector<Duration> DelaysOf(Network& network, HostNumber from, HostNumber to, int datagrams) {
  std::vector<Duration> delays;
  for (int i = 0; i < datagrams; ++i) {
    const Fate fate = network.SendDatagram(kNow, from, to);
    delays.push_back(fate.arrivals > 0 ? fate.at[0] - kNow : Duration::max());
  }
  return delays;
}

Duration MedianOf(std::vector<Duration> delays) {
  const auto middle = delays.begin() + static_cast<std::ptrdiff_t>(delays.size() / 2);
  std::nth_element(delays.begin(), middle, delays.end());
  return *middle;
}

void ExpectNear(Duration actual, Duration expected, double share) {
  const auto wanted = static_cast<double>(expected.count());
  EXPECT_NEAR(static_cast<double>(actual.count()), wanted, wanted * share);
}

TEST(NetworkTest, DeliversEverythingOnceAndLaterWithoutDisturbances) {
  Network network({}, 3, Rng(1));
  for (int i = 0; i < 10'000; ++i) {
    const Fate fate = network.SendDatagram(kNow, 0, 1);
    ASSERT_EQ(fate.arrivals, 1);
    ASSERT_GT(fate.at[0], kNow);
    ASSERT_LT(fate.at[0], kNow + milliseconds(3));
  }
  EXPECT_EQ(network.counters().datagrams, 10'000u);
  EXPECT_EQ(network.counters().lost, 0u);
}

TEST(NetworkTest, HostsTakeTurnsOverZones) {
  NetworkSpec spec;
  spec.zones = 3;
  Network network(spec, 6, Rng(1));
  network.AddHost();  // 6: in the zone of 0 and 3
  for (const HostNumber to : {0u, 3u, 6u}) {
    ExpectNear(MedianOf(DelaysOf(network, 0, to, kMany)), microseconds(150), 0.02);
  }
  for (const HostNumber to : {1u, 2u, 4u}) {
    ExpectNear(MedianOf(DelaysOf(network, 0, to, kMany)), milliseconds(1), 0.02);
  }
}

TEST(NetworkTest, RefusesUnknownHosts) {
  Network network({}, 2, Rng(1));
  EXPECT_DEATH(network.SendDatagram(kNow, 0, 2), "an unknown host");
  EXPECT_DEATH(network.SendSegment(kNow, 2, 0), "an unknown host");
  EXPECT_DEATH(network.Add(CutOf({2})), "an unknown host");
  EXPECT_DEATH(network.Remove(0), "an unknown disturbance");
  EXPECT_DEATH(network.StruckBy(0), "an unknown disturbance");
}

// --- Loss, copies, order ---

TEST(NetworkTest, SpecWideLossIsWithinItsBounds) {
  Network network(Lossy(0.05), 2, Rng(2));
  const int lost = LostOf(network, 0, 1, kMany);
  EXPECT_NEAR(lost, kMany * 0.05, SixSigma(kMany, 0.05));
  EXPECT_EQ(network.counters().lost, static_cast<std::uint64_t>(lost));
}

TEST(NetworkTest, LossesAddUpAndCountWhereTheyHappen) {
  Network network(Lossy(0.1), 2, Rng(3));
  const DisturbanceId first = network.Add(Everywhere(Kind::kLoss, 0.2));
  const DisturbanceId second = network.Add(Everywhere(Kind::kLoss, 0.5));
  const int lost = LostOf(network, 0, 1, kMany);
  EXPECT_NEAR(lost, kMany * (1 - 0.9 * 0.8 * 0.5), SixSigma(kMany, 0.64));
  const auto struck = [&](DisturbanceId id) { return static_cast<double>(network.StruckBy(id)); };
  EXPECT_NEAR(struck(first), kMany * 0.9 * 0.2, SixSigma(kMany, 0.18));
  EXPECT_NEAR(struck(second), kMany * 0.9 * 0.8 * 0.5, SixSigma(kMany, 0.36));
  network.Remove(second);
  network.Remove(second);
  EXPECT_NEAR(LostOf(network, 0, 1, kMany), kMany * 0.28, SixSigma(kMany, 0.28));
  EXPECT_NEAR(struck(second), kMany * 0.36, SixSigma(kMany, 0.36));  // kept
}

TEST(NetworkTest, CertainLossLosesAllAndNoLossNothing) {
  Network network({}, 2, Rng(4));
  const DisturbanceId none = network.Add(Everywhere(Kind::kLoss, 0));
  EXPECT_EQ(LostOf(network, 0, 1, kMany), 0);
  EXPECT_EQ(network.StruckBy(none), 0u);
  network.Add(Everywhere(Kind::kLoss, 1));
  EXPECT_EQ(LostOf(network, 0, 1, kMany), kMany);
}

struct Bursts {
  int lost = 0;
  int number = 0;
};

Bursts BurstsOf(Network& network, HostNumber from, HostNumber to, int datagrams) {
  Bursts bursts;
  bool before = false;
  for (int i = 0; i < datagrams; ++i) {
    const bool lost = !Arrives(network, from, to);
    bursts.lost += lost ? 1 : 0;
    bursts.number += lost && !before ? 1 : 0;
    before = lost;
  }
  return bursts;
}

TEST(NetworkTest, BurstsLoseTheirShareAndAreEightPacketsLong) {
  for (const double strength : {0.02, 0.1, 0.5, 0.85}) {
    Network network({}, 2, Rng(5));
    network.Add(Everywhere(Kind::kBurstLoss, strength));
    const Bursts bursts = BurstsOf(network, 0, 1, 10 * kMany);
    EXPECT_NEAR(bursts.lost, 10 * kMany * strength, 10 * kMany * strength * 0.1) << strength;
    EXPECT_NEAR(static_cast<double>(bursts.lost) / bursts.number, 8, 0.5) << strength;
  }
}

TEST(NetworkTest, VeryStrongBurstsGetLongerInstead) {
  Network network({}, 2, Rng(6));
  const DisturbanceId strong = network.Add(Everywhere(Kind::kBurstLoss, 0.95));
  const Bursts bursts = BurstsOf(network, 0, 1, kMany);
  EXPECT_NEAR(bursts.lost, kMany * 0.95, kMany * 0.01);
  EXPECT_NEAR(static_cast<double>(bursts.lost) / bursts.number, 19, 1);
  network.Remove(strong);
  network.Add(Everywhere(Kind::kBurstLoss, 1));
  EXPECT_EQ(LostOf(network, 0, 1, 1000), 1000);
}

TEST(NetworkTest, BurstsBelongToTheLinkOfAHostInOneDirection) {
  Network network({}, 4, Rng(7));
  network.Add({.kind = Kind::kBurstLoss, .strength = 0.3, .hosts = {0}});
  // 0 -> 1 and 0 -> 2 share a channel, 1 -> 0 has another one, 1 -> 2 none.
  int same = 0, same_other_way = 0;
  for (int i = 0; i < kMany; ++i) {
    const bool to_1 = Arrives(network, 0, 1), to_2 = Arrives(network, 0, 2);
    same += to_1 == to_2 ? 1 : 0;
    same_other_way += to_1 == Arrives(network, 1, 0) ? 1 : 0;
    ASSERT_TRUE(Arrives(network, 1, 2));
  }
  // Independent ones agree in 0.3^2 + 0.7^2 of the cases; neighbours in a channel in all but
  // those in which it turns: 2 * 0.3 / 8.
  EXPECT_NEAR(same, kMany * 0.925, kMany * 0.02);
  EXPECT_NEAR(same_other_way, kMany * 0.58, kMany * 0.03);
}

TEST(NetworkTest, DuplicatesComeTwiceInTheOrderOfTime) {
  NetworkSpec spec;
  spec.duplicate = 0.1;
  Network network(spec, 2, Rng(8));
  const DisturbanceId id = network.Add(Everywhere(Kind::kDuplicate, 0.2));
  int twice = 0, together = 0;
  for (int i = 0; i < kMany; ++i) {
    const Fate fate = network.SendDatagram(kNow, 0, 1);
    if (fate.arrivals == 1) continue;
    ASSERT_EQ(fate.arrivals, 2);
    ASSERT_GE(fate.at[1], fate.at[0]);
    ASSERT_GT(fate.at[0], kNow);
    ++twice;
    together += fate.at[0] == fate.at[1] ? 1 : 0;
  }
  EXPECT_NEAR(twice, kMany * 0.28, SixSigma(kMany, 0.28));
  EXPECT_LT(together, twice / 100);  // the copy has a delay of its own
  EXPECT_EQ(network.counters().duplicated, static_cast<std::uint64_t>(twice));
  EXPECT_NEAR(static_cast<double>(network.StruckBy(id)), kMany * 0.2, SixSigma(kMany, 0.2));
}

TEST(NetworkTest, ReorderedOnesComeOneToTwentyMillisecondsLater) {
  NetworkSpec spec;
  spec.latency = {microseconds(10), microseconds(10)};
  spec.reorder = 0.1;
  Network network(spec, 2, Rng(9));
  const DisturbanceId id = network.Add(Everywhere(Kind::kReorder, 0.5));
  int late = 0;
  Duration sum{}, longest{};
  for (const Duration delay : DelaysOf(network, 0, 1, kMany)) {
    if (delay == microseconds(10)) continue;
    const Duration extra = delay - microseconds(10);
    ASSERT_GE(extra, milliseconds(1));
    ASSERT_LT(extra, milliseconds(20));
    ++late;
    sum += extra;
    longest = std::max(longest, extra);
  }
  EXPECT_NEAR(late, kMany * 0.55, SixSigma(kMany, 0.55));
  EXPECT_EQ(network.counters().reordered, static_cast<std::uint64_t>(late));
  EXPECT_NEAR(static_cast<double>(network.StruckBy(id)), kMany * 0.5, SixSigma(kMany, 0.5));
  ExpectNear(sum / late, microseconds(10'500), 0.01);
  EXPECT_GT(longest, microseconds(19'900));
}

TEST(NetworkTest, LatencyFactorsMultiply) {
  Network plain({}, 2, Rng(10)), slow({}, 2, Rng(10));
  const DisturbanceId first = slow.Add(Everywhere(Kind::kLatency, 10, Traffic::kAll));
  slow.Add(Everywhere(Kind::kLatency, 0.5, Traffic::kAll));
  for (int i = 0; i < 1000; ++i) {
    const Duration delay = plain.SendDatagram(kNow, 0, 1).at[0] - kNow;
    ASSERT_EQ(slow.SendDatagram(kNow, 0, 1).at[0] - kNow, 5 * delay);
    ASSERT_EQ(slow.SendSegment(kNow, 0, 1) - kNow, 5 * (plain.SendSegment(kNow, 0, 1) - kNow));
    ASSERT_EQ(slow.Delay(0, 1), 5 * plain.Delay(0, 1));
  }
  EXPECT_EQ(slow.StruckBy(first), 3000u);
}

TEST(NetworkTest, RefusesStrengthsThatAreNone) {
  Network network({}, 1, Rng(1));
  EXPECT_DEATH(network.Add(Everywhere(Kind::kLoss, 1.1)), "between 0 and 1");
  EXPECT_DEATH(network.Add(Everywhere(Kind::kBurstLoss, -0.1)), "between 0 and 1");
  EXPECT_DEATH(network.Add(Everywhere(Kind::kLatency, 1001)), "between 0 and 1,000");
}

// --- Whom it strikes ---

TEST(NetworkTest, CutHostsHearEachOtherAndNobodyElse) {
  Network network({}, 5, Rng(11));
  const DisturbanceId id = network.Add(CutOf({0, 1}));
  for (HostNumber from = 0; from < 5; ++from) {
    for (HostNumber to = 0; to < 5; ++to) {
      const bool passes = (from < 2) == (to < 2);
      EXPECT_EQ(Arrives(network, from, to), passes) << from << to;
      EXPECT_EQ(SegmentArrives(network, from, to), passes) << from << to;
      EXPECT_EQ(network.IsCut(from, to, Traffic::kAll), !passes) << from << to;
    }
  }
  EXPECT_EQ(network.StruckBy(id), 2u * 2 * 3 * 2);
  EXPECT_EQ(network.counters().lost, 2u * 3 * 2);
  network.Remove(id);
  EXPECT_TRUE(Arrives(network, 0, 2) && SegmentArrives(network, 2, 0));
  EXPECT_EQ(network.StruckBy(id), 24u);
}

TEST(NetworkTest, ACutStrikesWhatLossWouldHaveTaken) {
  Network network({}, 2, Rng(12));
  network.Add(Everywhere(Kind::kLoss, 1));
  const DisturbanceId cut = network.Add(CutOf({0}));
  EXPECT_FALSE(Arrives(network, 0, 1));
  EXPECT_EQ(network.StruckBy(cut), 1u);
}

TEST(NetworkTest, OneWayCutsCutOneWay) {
  for (const bool outgoing : {true, false}) {
    Network network({}, 3, Rng(12));
    Disturbance cut = CutOf({0});
    cut.outgoing = outgoing;
    cut.incoming = !outgoing;
    network.Add(cut);
    EXPECT_EQ(Arrives(network, 0, 1), !outgoing);
    EXPECT_EQ(Arrives(network, 1, 0), outgoing);
    EXPECT_EQ(network.IsCut(0, 1, Traffic::kStreams), outgoing);
    EXPECT_EQ(network.IsCut(1, 0, Traffic::kStreams), !outgoing);
    EXPECT_TRUE(Arrives(network, 1, 2));
  }
}

TEST(NetworkTest, CutsOfOneKindOfTrafficLeaveTheOther) {
  Network network({}, 2, Rng(13));
  const DisturbanceId udp = network.Add(CutOf({0}, Traffic::kDatagrams));
  EXPECT_FALSE(Arrives(network, 0, 1));
  EXPECT_TRUE(SegmentArrives(network, 0, 1));
  EXPECT_TRUE(network.IsCut(1, 0, Traffic::kDatagrams));
  EXPECT_FALSE(network.IsCut(1, 0, Traffic::kStreams));
  EXPECT_TRUE(network.IsCut(1, 0, Traffic::kAll));
  network.Remove(udp);
  network.Add(CutOf({0}, Traffic::kStreams));
  EXPECT_TRUE(Arrives(network, 0, 1));
  EXPECT_FALSE(SegmentArrives(network, 0, 1));
}

TEST(NetworkTest, DisturbancesOfHostsLeaveTheOthers) {
  for (const Kind kind : {Kind::kLoss, Kind::kBurstLoss}) {
    Network network({}, 4, Rng(14));
    network.Add({.kind = kind, .strength = 1, .hosts = {1, 3}});
    EXPECT_EQ(LostOf(network, 1, 0, 10), 10);
    EXPECT_EQ(LostOf(network, 2, 3, 10), 10);
    EXPECT_EQ(LostOf(network, 1, 3, 10), 0);
    EXPECT_EQ(LostOf(network, 0, 2, 10), 0);
  }
}

TEST(NetworkTest, AHostAlwaysReachesItself) {
  Network network(Lossy(1), 2, Rng(15));
  network.Add({.kind = Kind::kCut, .traffic = Traffic::kAll, .hosts = {}});
  EXPECT_TRUE(Arrives(network, 0, 0) && SegmentArrives(network, 0, 0));
  EXPECT_FALSE(network.IsCut(0, 0, Traffic::kAll));
  EXPECT_FALSE(Arrives(network, 0, 1));
  EXPECT_TRUE(network.IsCut(0, 1, Traffic::kAll));
}

// --- Streams ---

TEST(NetworkTest, LostSegmentsAreLateByDoublingTimeouts) {
  NetworkSpec spec = Lossy(0.5);
  spec.latency = {microseconds(10), microseconds(10)};
  Network network(spec, 2, Rng(16));
  std::vector<int> by_tries(10);
  const std::vector<int> waits_ms = {0, 200, 600, 1400, 3000, 5000, 7000, 9000, 11000};
  for (int i = 0; i < kMany; ++i) {
    const TimePoint at = network.SendSegment(kNow, 0, 1);
    if (at == kNever) {
      ++by_tries[9];
      continue;
    }
    const auto found =
        std::find(waits_ms.begin(), waits_ms.end(), ToMilliseconds(at - kNow - microseconds(10)));
    ASSERT_NE(found, waits_ms.end());
    ++by_tries[static_cast<std::size_t>(found - waits_ms.begin())];
  }
  std::uint64_t repeated = 0;
  for (std::size_t tries = 0; tries < 9; ++tries) {
    const double share = std::ldexp(0.5, -static_cast<int>(tries));
    EXPECT_NEAR(by_tries[tries], kMany * share, SixSigma(kMany, share)) << tries;
    repeated += tries * static_cast<std::uint64_t>(by_tries[tries]);
  }
  EXPECT_NEAR(by_tries[9], kMany / 512.0, SixSigma(kMany, 1 / 512.0));
  EXPECT_EQ(network.counters().segments, static_cast<std::uint64_t>(kMany));
  EXPECT_EQ(network.counters().repeated, repeated + 8 * static_cast<std::uint64_t>(by_tries[9]));
  EXPECT_EQ(network.counters().lost, 0u);
}

TEST(NetworkTest, LossOfDatagramsAloneLeavesStreams) {
  Network network({}, 2, Rng(17));
  network.Add(Everywhere(Kind::kLoss, 1));
  EXPECT_LT(network.SendSegment(kNow, 0, 1), kNow + milliseconds(5));
  const DisturbanceId streams = network.Add(Everywhere(Kind::kLoss, 1, Traffic::kStreams));
  EXPECT_EQ(network.SendSegment(kNow, 0, 1), kNever);
  EXPECT_EQ(network.StruckBy(streams), 9u);  // the segment and its repetitions
}

TEST(NetworkTest, StreamsAreRetriedLaterAndLaterUpToTwoSeconds) {
  std::vector<std::int64_t> waits;
  for (const int tries : {0, 1, 2, 3, 4, 5, 1'000'000}) {
    waits.push_back(ToMilliseconds(Network::NextStreamTry(kNow, tries) - kNow));
  }
  EXPECT_EQ(waits, (std::vector<std::int64_t>{200, 400, 800, 1600, 2000, 2000, 2000}));
}

TEST(NetworkTest, DelayIsThatOfAPacketThatIsNotLost) {
  Network network(Lossy(1), 2, Rng(18));
  network.Add(CutOf({0}));
  std::vector<Duration> delays;
  for (int i = 0; i < kMany; ++i) delays.push_back(network.Delay(0, 1));
  ExpectNear(MedianOf(delays), microseconds(150), 0.02);
}

// --- Chance ---

TEST(NetworkTest, SameSeedSameFates) {
  const auto fates = [](std::uint64_t seed) {
    Network network(Lossy(0.2), 3, Rng(seed));
    network.Add(Everywhere(Kind::kBurstLoss, 0.2));
    return DelaysOf(network, 0, 1, 1000);
  };
  EXPECT_EQ(fates(1), fates(1));
  EXPECT_NE(fates(1), fates(2));
}

TEST(NetworkTest, AFurtherHostShiftsNothing) {
  NetworkSpec spec = Lossy(0.2);
  spec.zones = 2;
  Network few(spec, 3, Rng(19)), more(spec, 3, Rng(19)), many(spec, 10, Rng(19));
  const auto expected = DelaysOf(few, 0, 1, 1000);
  auto with_more = DelaysOf(more, 0, 1, 500);
  more.AddHost();
  DelaysOf(more, 3, 1, 100);  // what the others send does not matter
  const auto rest = DelaysOf(more, 0, 1, 500);
  with_more.insert(with_more.end(), rest.begin(), rest.end());
  EXPECT_EQ(with_more, expected);
  EXPECT_EQ(DelaysOf(many, 0, 1, 1000), expected);
}

TEST(NetworkTest, ADisturbanceShiftsNoDelayAndNoOtherDisturbance) {
  Network without({}, 3, Rng(20)), with({}, 3, Rng(20));
  const DisturbanceId first = without.Add(Everywhere(Kind::kLoss, 0.2));
  with.Add(Everywhere(Kind::kLoss, 0.2));
  const DisturbanceId second = with.Add(Everywhere(Kind::kLoss, 0.3));
  const auto expected = DelaysOf(without, 0, 1, 1000), delays = DelaysOf(with, 0, 1, 1000);
  int lost_more = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (delays[i] == expected[i]) continue;
    ASSERT_EQ(delays[i], Duration::max());
    ++lost_more;
  }
  EXPECT_EQ(with.StruckBy(first), without.StruckBy(first));
  EXPECT_EQ(with.StruckBy(second), static_cast<std::uint64_t>(lost_more));
}

// Recorded runs are compared: what comes out here must be the same in every build, and change only
// on purpose.
TEST(NetworkTest, GivesTheGoldenFates) {
  NetworkSpec spec = Lossy(0.05);
  spec.zones = 2;
  spec.duplicate = 0.05;
  spec.reorder = 0.05;
  Network network(spec, 5, Rng(21));
  network.Add(Everywhere(Kind::kBurstLoss, 0.1, Traffic::kAll));
  network.Add({.kind = Kind::kLoss, .traffic = Traffic::kStreams, .strength = 0.3, .hosts = {1}});
  network.Add({.kind = Kind::kLatency, .traffic = Traffic::kAll, .strength = 1.3, .hosts = {2}});
  network.Add({.kind = Kind::kReorder, .traffic = Traffic::kAll, .strength = 0.1, .hosts = {3}});
  network.Add({.kind = Kind::kDuplicate, .strength = 0.1, .hosts = {3, 4}});
  TraceHash hash;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const HostNumber from = i % 5, to = i / 5 % 5;
    const Fate fate = network.SendDatagram(kNow, from, to);
    for (int arrival = 0; arrival < fate.arrivals; ++arrival) {
      hash.Add(fate.at[static_cast<std::size_t>(arrival)], 0, to);
    }
    hash.Add(network.SendSegment(kNow, from, to), 1, to);
  }
  EXPECT_EQ(hash.value(), 10'416'065'073'023'863'143u);
}

}  // namespace
}  // namespace vf::sim
