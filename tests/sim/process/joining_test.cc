// How a node becomes an owner among whole processes: what it holds when it says that it is ready,
// and what it does when nobody is left to compare with.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "node/placement/partition.h"
#include "tools/cluster-sim/process/cluster.h"

namespace vf::sim {
namespace {

class Nobody : public ClusterObserver {
 public:
  void OnLife(ProcessNumber, LifeEvent) override {}
  void OnBeforeEnd(ProcessNumber) override {}
  void OnMembershipOf(ProcessNumber, const MembershipSnapshot&) override {}
  void OnCopyInSync(ProcessNumber, const CopyInSync&) override {}
  void OnBeforeDrop(ProcessNumber, Partition) override {}
};

class JoiningTest : public testing::Test {
 protected:
  void Found(int nodes) {
    spec.nodes = nodes;
    spec.controllers = spec.frontends = 0;
    cluster = std::make_unique<Cluster>(spec, loop, observer, Rng(1));
    for (HostNumber host = 0; host < cluster->hosts(); ++host) {
      cluster->Start(host, host == 0 ? std::vector<HostNumber>() : std::vector<HostNumber>{0});
    }
    Run(seconds(5));
    for (const ProcessNumber number : cluster->live()) ASSERT_TRUE(cluster->Live(number)->ready());
  }
  void Run(Duration duration) { loop.RunUntil(loop.now() + duration); }
  bool RunUntilReady(ProcessNumber number, Duration most) {
    const TimePoint until = loop.now() + most;
    while (!cluster->Live(number)->ready() && loop.now() < until) Run(milliseconds(1));
    return cluster->Live(number)->ready();
  }
  bool HasJoined(ProcessNumber number, std::size_t members) const {
    const SharedMembership membership = cluster->Live(number)->gossip().current();
    return membership != nullptr && membership->joined && membership->members.size() == members;
  }
  ProcessNumber Join() {
    return cluster->Start(cluster->AddHost(ProcessRole::kNode), {HostNumber{0}});
  }
  void Write(const std::string& key) {
    cluster->Live(0)->data()->Serve([this, key](DataDriver& driver, TimePoint now, WallTime wall) {
      driver.Put(now, wall, key, "value", {}, [this](const KvResult& result) {
        if (result.status == KvStatus::kOk) ++acked;
      });
    });
  }

  Loop loop;
  Nobody observer;
  RunSpec spec;
  std::unique_ptr<Cluster> cluster;
  int acked = 0;
};

TEST_F(JoiningTest, AJoinerHoldsAllThatItOwnsWhenItIsReady) {
  Found(3);
  constexpr int kKeys = 500;
  for (int i = 0; i < kKeys; ++i) Write("key" + std::to_string(i));
  Run(seconds(1));
  ASSERT_EQ(acked, kKeys);
  const ProcessNumber joiner = Join();
  ASSERT_TRUE(RunUntilReady(joiner, seconds(5)));
  const SimProcess& process = *cluster->Live(joiner);
  const SharedClusterView view = process.data()->plane().views.Newest();
  int held = 0;
  for (int i = 0; i < kKeys; ++i) {
    const std::string key = "key" + std::to_string(i);
    const Partition partition = PartitionOf(HashKey(key), spec.partition_digits);
    if (!view->ListOf(partition).IsOwner(process.key())) continue;
    EXPECT_TRUE(process.copies()->store.Get(partition, key)) << key;
    EXPECT_TRUE(process.copies()->states.IsInSync(partition)) << key;
    ++held;
  }
  EXPECT_GT(held, 200);
}

TEST_F(JoiningTest, AClusterWhoseEveryMemberIsGoneStartsAnewAfterAMinute) {
  Found(2);
  const ProcessNumber joiner = Join();
  const TimePoint until = loop.now() + seconds(2);
  while (!HasJoined(joiner, 3) && loop.now() < until) Run(microseconds(50));
  ASSERT_TRUE(HasJoined(joiner, 3));
  ASSERT_FALSE(cluster->Live(joiner)->ready());
  cluster->Crash(0);
  cluster->Crash(1);
  Run(seconds(50));
  EXPECT_FALSE(cluster->Live(joiner)->ready());
  EXPECT_TRUE(RunUntilReady(joiner, seconds(20)));
}

}  // namespace
}  // namespace vf::sim
