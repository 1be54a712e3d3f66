#include "tools/cluster-sim/workload/client.h"

#include <gtest/gtest.h>

#include <map>

#include "tools/cluster-sim/workload/key_shape.h"

namespace vf::sim {
namespace {

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    Rng rng(1);
    for (int i = 0; i < 4; ++i) keys.hot.push_back(book.Add(MakeKey(keys.named++, rng)));
  }
  WorkloadSpec spec;
  std::vector<HostNumber> hosts{3, 5, 9};
  KeyBook book{1};
  SharedKeys keys;
};

TEST_F(ClientTest, DrawsTheSharesOfTheSpec) {
  spec.unique_writes = 0.2;
  spec.overwrites = 0.3;
  spec.deletes = 0.1;
  Client client(spec, 3, 2, hosts, Rng(7));
  std::map<OperationKind, int> kinds;
  int unique = 0;
  constexpr int kMany = 20'000;
  for (int i = 0; i < kMany; ++i) {
    const Intention next = client.Next(book, keys);
    ++kinds[next.kind];
    unique += next.is_unique ? 1 : 0;
  }
  EXPECT_NEAR(unique, 0.2 * kMany, 0.02 * kMany);
  EXPECT_NEAR(kinds[OperationKind::kWrite], 0.5 * kMany, 0.02 * kMany);
  EXPECT_NEAR(kinds[OperationKind::kDelete], 0.1 * kMany, 0.02 * kMany);
  EXPECT_GT(kinds[OperationKind::kLocalRead], 0);
}

TEST_F(ClientTest, DrawsOptionsWhereTheSpecAsksForThem) {
  constexpr int kMany = 20'000;
  spec.unique_writes = 0.5;
  spec.expiring = spec.named_acks = spec.quorum_reads = 0;
  {
    Client client(spec, 3, 2, hosts, Rng(7));
    for (int i = 0; i < kMany; ++i) {
      const Intention next = client.Next(book, keys);
      EXPECT_FALSE(next.write_options.ttl || next.write_options.acks || next.get_options.r);
    }
  }
  spec.expiring = 0.3;
  spec.named_acks = 0.2;
  spec.quorum_reads = 0.4;
  Client client(spec, 3, 2, hosts, Rng(7));
  std::map<OperationKind, int> kinds;
  std::map<int, int> acks, owners;
  int expiring = 0;
  for (int i = 0; i < kMany; ++i) {
    const Intention next = client.Next(book, keys);
    ++kinds[next.kind];
    if (next.write_options.ttl) {
      ++expiring;
      EXPECT_EQ(next.kind, OperationKind::kWrite);
      EXPECT_GE(*next.write_options.ttl, milliseconds(1));
      EXPECT_LE(*next.write_options.ttl, minutes(1));
    }
    if (next.write_options.acks) ++acks[next.write_options.acks->count];
    if (next.get_options.r) ++owners[next.get_options.r->count];
  }
  const int writes = kinds[OperationKind::kWrite] + kinds[OperationKind::kDelete];
  const int reads = kinds[OperationKind::kRead];
  EXPECT_NEAR(expiring, 0.3 * kinds[OperationKind::kWrite], 0.02 * kMany);
  const auto all = ReplicaCount::kAll;
  EXPECT_EQ(acks.size(), 3U);
  EXPECT_NEAR(acks[2] + acks[3] + acks[all], 0.2 * writes, 0.02 * kMany);
  EXPECT_EQ(owners.size(), 3U);
  EXPECT_NEAR(owners[2] + owners[3] + owners[all], 0.4 * reads, 0.02 * kMany);
}

TEST_F(ClientTest, PausesForTheMeanInTheLongRun) {
  spec.operations_per_s = 100;
  Client client(spec, 3, 2, hosts, Rng(7));
  Duration sum{};
  for (int i = 0; i < 10'000; ++i) sum += client.Pause();
  EXPECT_NEAR(static_cast<double>(sum.count()) / 1e9, 100.0, 3.0);
}

TEST_F(ClientTest, PrefersOneHostAndMovesOnWhenTurnedAway) {
  Client client(spec, 3, 2, hosts, Rng(8));
  const auto favourite = [&] {
    std::map<HostNumber, int> asked;
    for (int i = 0; i < 1'000; ++i) ++asked[client.Next(book, keys).host];
    for (const auto& [host, count] : asked) {
      if (count > 800) return host;
    }
    return HostNumber{0};
  };
  const HostNumber before = favourite();
  EXPECT_NE(before, 0U);
  client.MoveOn();
  EXPECT_NE(favourite(), before);
  EXPECT_NE(favourite(), 0U);
}

TEST_F(ClientTest, ReadsWhatItWroteItself) {
  spec.unique_writes = spec.overwrites = spec.deletes = 0;
  Client client(spec, 3, 2, hosts, Rng(9));
  Rng rng(3);
  const KeyNumber own = book.Add(MakeKey(keys.named++, rng));
  client.OnWritten(own);
  int reads = 0;
  for (int i = 0; i < 1'000; ++i) reads += client.Next(book, keys).key == own ? 1 : 0;
  EXPECT_GT(reads, 150);
}

}  // namespace
}  // namespace vf::sim
