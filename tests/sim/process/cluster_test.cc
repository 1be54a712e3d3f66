#include "tools/cluster-sim/process/cluster.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/cluster-sim/process/contacts.h"

namespace vf::sim {
namespace {

// Notes what it is told: "0 started", "0 ends", "0 crashed"...
class Notes : public ClusterObserver {
 public:
  void OnLife(ProcessNumber process, LifeEvent what) override {
    constexpr const char* kNames[] = {"started", "ready", "crashed", "paused",
                                      "resumed", "left",  "leaving"};
    notes.push_back(std::to_string(process) + " " + kNames[static_cast<std::size_t>(what)]);
  }
  void OnBeforeEnd(ProcessNumber process) override {
    notes.push_back(std::to_string(process) + " ends");
  }
  void OnMembershipOf(ProcessNumber, const MembershipSnapshot&) override {}
  void OnCopyInSync(ProcessNumber, const CopyInSync&) override {}
  void OnBeforeDrop(ProcessNumber, Partition) override {}
  std::vector<std::string> notes;
};

RunSpec Spec(int nodes, int controllers, int frontends) {
  RunSpec spec;
  spec.nodes = nodes;
  spec.controllers = controllers;
  spec.frontends = frontends;
  return spec;
}

class ClusterTest : public testing::Test {
 protected:
  void Make(int nodes, int controllers, int frontends) {
    spec = Spec(nodes, controllers, frontends);
    cluster = std::make_unique<Cluster>(spec, loop, observer, Rng(1));
  }
  void Run(Duration duration) { loop.RunUntil(loop.now() + duration); }
  // Node 0 founds, the others name it.
  void StartAll() {
    for (HostNumber host = 0; host < cluster->hosts(); ++host) {
      cluster->Start(host, host == 0 ? std::vector<HostNumber>() : std::vector<HostNumber>{0});
    }
    Run(seconds(5));
    for (const ProcessNumber number : cluster->live()) {
      ASSERT_TRUE(cluster->Live(number)->ready()) << number;
    }
  }
  MemberState Believes(ProcessNumber observer_number, ProcessNumber subject, MemberKey key) {
    const auto membership = cluster->Live(observer_number)->gossip().current();
    for (const Member& member : membership->members) {
      if (member.record.key() == key) return member.record.state;
    }
    ADD_FAILURE() << observer_number << " does not know " << subject;
    return MemberState::kLeft;
  }

  Loop loop;
  Notes observer;
  RunSpec spec;
  std::unique_ptr<Cluster> cluster;
};

TEST_F(ClusterTest, HostsAreNodesThenControllersThenFrontends) {
  Make(2, 1, 1);
  EXPECT_EQ(cluster->HostsOf(ProcessRole::kNode), (std::vector<HostNumber>{0, 1}));
  EXPECT_EQ(cluster->HostsOf(ProcessRole::kController), (std::vector<HostNumber>{2}));
  EXPECT_EQ(cluster->HostsOf(ProcessRole::kFrontend), (std::vector<HostNumber>{3}));
  EXPECT_EQ(cluster->AddHost(ProcessRole::kNode), 4U);
}

TEST_F(ClusterTest, ProcessesFindEachOtherAndGetReady) {
  Make(3, 1, 1);
  StartAll();
  const MembershipSnapshot& first = *cluster->Live(0)->gossip().current();
  EXPECT_EQ(first.members.size(), 5U);
  for (const ProcessNumber number : cluster->live()) {
    EXPECT_EQ(cluster->Live(number)->gossip().current()->view_hash, first.view_hash);
  }
  EXPECT_NE(cluster->Live(0)->copies(), nullptr);
  EXPECT_EQ(cluster->Live(4)->copies(), nullptr);  // a frontend
  EXPECT_EQ(cluster->Live(3)->data(), nullptr);    // a controller
}

TEST_F(ClusterTest, AWarmStartNeedsNoTime) {
  Make(20, 1, 1);
  cluster->StartAllWarm();
  Run(milliseconds(200));
  for (const ProcessNumber number : cluster->live()) {
    EXPECT_TRUE(cluster->Live(number)->ready());
    EXPECT_EQ(cluster->Live(number)->gossip().current()->members.size(), 22U);
  }
}

TEST_F(ClusterTest, ACrashIsToldBeforeAndAfterTheMemoryIsGone) {
  Make(3, 0, 0);
  StartAll();
  observer.notes.clear();
  const MemberKey key = cluster->Live(2)->key();
  cluster->Crash(2);
  EXPECT_EQ(observer.notes, (std::vector<std::string>{"2 ends", "2 crashed"}));
  EXPECT_EQ(cluster->Live(2), nullptr);
  EXPECT_EQ(cluster->NumberOf(key), 2U);
  Run(seconds(5));
  EXPECT_EQ(Believes(0, 2, key), MemberState::kDead);
}

TEST_F(ClusterTest, ARestartIsAnotherProcessOfTheSameHost) {
  Make(3, 0, 0);
  StartAll();
  const MemberKey before = cluster->Live(2)->key();
  cluster->Crash(2);
  EXPECT_EQ(cluster->Start(2, {0}), 3U);
  EXPECT_EQ(cluster->HostOfProcess(3), 2U);
  EXPECT_NE(cluster->Live(3)->key(), before);
  Run(seconds(3));
  EXPECT_TRUE(cluster->Live(3)->ready());
  EXPECT_EQ(Believes(0, 2, before), MemberState::kDead);
}

TEST_F(ClusterTest, AHostWithoutPowerTakesItsProcessWithIt) {
  Make(3, 0, 0);
  StartAll();
  cluster->LosePower(1);
  EXPECT_FALSE(cluster->host(1).up);
  EXPECT_EQ(cluster->LiveAt(1), nullptr);
  Run(seconds(15));
  cluster->RegainPower(1);
  cluster->Start(1, {0});
  Run(seconds(3));
  EXPECT_TRUE(cluster->LiveAt(1)->ready());
}

TEST_F(ClusterTest, WhoPausesForLongIsDeadAndComesBack) {
  Make(4, 0, 0);
  StartAll();
  const MemberKey key = cluster->Live(3)->key();
  cluster->Pause(3);
  Run(seconds(12));
  EXPECT_EQ(Believes(0, 3, key), MemberState::kDead);
  cluster->Resume(3);
  Run(seconds(5));
  EXPECT_EQ(Believes(0, 3, key), MemberState::kAlive);
}

TEST_F(ClusterTest, WhoLeavesForGoodEndsByItselfAndIsKnownToBeEmptied) {
  Make(3, 0, 0);
  StartAll();
  const MemberKey key = cluster->Live(2)->key();
  observer.notes.clear();
  cluster->LeaveForGood(2);
  EXPECT_TRUE(cluster->Live(2)->leaves_for_good());
  Run(seconds(5));
  EXPECT_EQ(observer.notes, (std::vector<std::string>{"2 leaving", "2 ends", "2 left"}));
  EXPECT_EQ(Believes(0, 2, key), MemberState::kLeft);
}

TEST_F(ClusterTest, WhoLeavesHasToldTheOthers) {
  Make(3, 0, 0);
  StartAll();
  const MemberKey key = cluster->Live(2)->key();
  cluster->Leave(2);
  Run(seconds(2));
  EXPECT_EQ(cluster->Live(2), nullptr);
  EXPECT_EQ(Believes(0, 2, key), MemberState::kLeft);
}

TEST_F(ClusterTest, WhatIsPostedToAProcessDiesWithIt) {
  Make(1, 0, 0);
  StartAll();
  bool ran = false;
  cluster->Post(0, milliseconds(10), [&] { ran = true; });
  cluster->Crash(0);
  Run(seconds(1));
  EXPECT_FALSE(ran);
}

TEST_F(ClusterTest, ContactsOfTheFirstProcessesMakeOneCluster) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Make(1 + static_cast<int>(seed % 3), static_cast<int>(seed % 4), static_cast<int>(seed % 2));
    Contacts contacts(*cluster, Rng(seed));
    std::size_t founders = 0;
    for (HostNumber host = 0; host < cluster->hosts(); ++host) {
      const std::vector<HostNumber> named = contacts.OfFirst(host);
      for (const HostNumber other : named) {
        EXPECT_NE(other, host);
        EXPECT_LT(other, cluster->hosts());
      }
      if (cluster->host(host).role == ProcessRole::kNode && named.empty()) ++founders;
    }
    EXPECT_LE(founders, 1U) << seed;
  }
}

// Controllers too, which have no data and so accept for the membership alone.
TEST_F(ClusterTest, NewcomersGetTheMembersOverTcp) {
  Make(3, 2, 1);
  StartAll();
  std::uint64_t served = 0;
  for (const ProcessNumber number : cluster->live()) {
    const StreamCounters& counters = cluster->Live(number)->gossip().stream_counters();
    EXPECT_EQ(counters.exchanges_done.value() > 0, number != 0) << number;
    EXPECT_EQ(counters.exchanges_failed.value(), 0u) << number;
    served += counters.exchanges_served.value();
  }
  EXPECT_GE(served, 5u);
}

// Failure catalogue, 13; scenario S15.
TEST_F(ClusterTest, Case13_WhoseDatagramsAreBlockedStaysAliveAndIsMarked) {
  Make(5, 1, 0);
  StartAll();
  constexpr ProcessNumber kBlocked = 2;
  const MemberKey key = cluster->Live(kBlocked)->key();
  const auto marked = [&] {
    int observers = 0;
    for (const ProcessNumber number : cluster->live()) {
      const auto membership = cluster->Live(number)->gossip().current();
      for (const Member& member : membership->members) {
        if (member.record.key() == key && member.udp_bad) ++observers;
      }
    }
    return observers;
  };
  Disturbance blocked;
  blocked.kind = Disturbance::Kind::kCut;
  blocked.hosts = {kBlocked};
  const DisturbanceId id = cluster->network().Add(blocked);
  for (int i = 0; i < 60; ++i) {
    Run(milliseconds(500));
    for (const ProcessNumber number : cluster->live()) {
      EXPECT_NE(Believes(number, kBlocked, key), MemberState::kDead) << number;
      if (number == kBlocked) continue;
      const MemberKey other = cluster->Live(number)->key();
      EXPECT_NE(Believes(kBlocked, number, other), MemberState::kDead) << number;
    }
  }
  EXPECT_EQ(marked(), 5) << "by everybody else";
  EXPECT_EQ(Believes(0, kBlocked, key), MemberState::kAlive);
  cluster->network().Remove(id);
  Run(seconds(10));
  EXPECT_EQ(marked(), 0);
}

}  // namespace
}  // namespace vf::sim
