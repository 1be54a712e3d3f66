#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "node/data/stored_copies.h"
#include "tools/cluster-sim/observe/agreement.h"
#include "tools/cluster-sim/observe/beliefs.h"
#include "tools/cluster-sim/observe/copies.h"

namespace vf::sim {
namespace {

class ObserveTest : public testing::Test, protected ClusterObserver {
 protected:
  ObserveTest() {
    spec.nodes = 3;
    spec.controllers = 0;
    spec.frontends = 1;
    ClusterObserver& observer = *this;
    cluster = std::make_unique<Cluster>(spec, loop, observer, Rng(1));
    for (HostNumber host = 0; host < cluster->hosts(); ++host) {
      cluster->Start(host, host == 0 ? std::vector<HostNumber>() : std::vector<HostNumber>{0});
    }
    Run(seconds(6));
    copies = std::make_unique<Copies>(*cluster, book, Rng(2));
  }
  void OnLife(ProcessNumber, LifeEvent) override {}
  void OnBeforeEnd(ProcessNumber process) override {
    if (copies != nullptr) copies->NoteLastHolder(loop.sim_now(), process);
  }
  void OnMembershipOf(ProcessNumber process, const MembershipSnapshot& membership) override {
    beliefs.OnMembership(loop.sim_now(), process, membership, *cluster);
  }
  void OnCopyInSync(ProcessNumber process, const CopyInSync& copy) override {
    if (copies != nullptr) copies->OnCopyInSync(loop.sim_now(), process, copy);
  }
  void OnBeforeDrop(ProcessNumber process, Partition partition) override {
    if (copies != nullptr) copies->OnBeforeDrop(loop.sim_now(), process, partition);
  }
  void Run(Duration duration) { loop.RunUntil(loop.now() + duration); }
  // Straight into a store, past everything else.
  void Store(ProcessNumber process, const std::string& key, std::uint64_t version) {
    const BookedKey& booked = book.At(book.Add(key));
    cluster->Live(process)->copies()->store.Put(
        booked.partition, RecordRef::Make({.key = key, .value = "v", .version = {version}}));
  }

  RunSpec spec;
  Loop loop;
  KeyBook book{1};
  Beliefs beliefs;
  std::unique_ptr<Cluster> cluster;
  std::unique_ptr<Copies> copies;
};

TEST_F(ObserveTest, AClusterAtRestAgreesOnEverything) {
  EXPECT_EQ(WhyNotServing(*cluster), "");
  EXPECT_EQ(WhyNotAgreed(*cluster), "");
  EXPECT_EQ(DivergentKeys(*cluster), 0U);
}

TEST_F(ObserveTest, AMemberThatEndedIsNotAgreedOnUntilItsPlaceIsTaken) {
  cluster->Crash(2);
  EXPECT_EQ(WhyNotAgreed(*cluster), "process 0 believes in process 2, which has ended");
  Run(seconds(10));
  EXPECT_NE(WhyNotAgreed(*cluster), "");  // It owns for another while.
  Run(seconds(70));
  EXPECT_EQ(WhyNotAgreed(*cluster), "");
}

TEST_F(ObserveTest, APausedProcessIsNoRest) {
  cluster->Pause(1);
  EXPECT_EQ(WhyNotAgreed(*cluster), "process 1 is paused");
}

TEST_F(ObserveTest, OwnersThatHoldDifferentRecordsDiverge) {
  for (ProcessNumber process = 0; process < 3; ++process) Store(process, "same", 1);
  EXPECT_EQ(DivergentKeys(*cluster), 0U);
  Store(0, "only here", 1);
  Store(1, "same", 2);
  EXPECT_EQ(DivergentKeys(*cluster), 2U);
}

TEST_F(ObserveTest, SamplesTellChangesOnly) {
  Store(0, "a", 1);
  copies->OnWritten(0);
  copies->Sample(1);
  copies->Sample(2);
  Store(0, "a", 2);
  copies->Sample(3);
  const std::vector<CopySample> samples = copies->TakeSamples();
  std::vector<SimTime> of_first;
  for (const CopySample& sample : samples) {
    EXPECT_EQ(sample.key, "a");
    EXPECT_TRUE(sample.owner);
    EXPECT_TRUE(sample.in_sync);
    if (sample.process == 0) of_first.push_back(sample.at);
  }
  EXPECT_EQ(of_first, (std::vector<SimTime>{1, 3}));
}

TEST_F(ObserveTest, TheLastHolderOfAnAcknowledgedWriteIsMissed) {
  Store(0, "a", 5);
  Store(1, "a", 4);
  Store(0, "b", 1);
  Store(1, "b", 1);
  book.At(0).acked = 5;
  book.At(1).acked = 1;
  cluster->Crash(0);
  std::vector<LastHolderGone> lost = copies->TakeLost();
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].key, "a");
  EXPECT_EQ(lost[0].version, 5U);
  cluster->Crash(1);
  lost = copies->TakeLost();
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost[0].key, "b");
}

TEST_F(ObserveTest, AnAckThatComesAfterItsHoldersIsMissedToo) {
  Store(0, "a", 5);
  cluster->Crash(0);
  EXPECT_TRUE(copies->TakeLost().empty());  // Nobody was promised anything yet.
  book.At(0).acked = 5;
  copies->NoteAcked(7, 0);
  ASSERT_EQ(copies->TakeLost().size(), 1U);
}

TEST_F(ObserveTest, AnAckOfWhatNobodyEverHeldIsNoExcuse) {
  Store(0, "a", 4);
  cluster->Crash(0);
  book.At(0).acked = 5;
  copies->NoteAcked(7, 0);
  EXPECT_TRUE(copies->TakeLost().empty());
}

TEST_F(ObserveTest, FinalCopiesAreThoseOfOwnersAndOfWhoeverHoldsSomething) {
  Store(0, "a", 1);
  const std::vector<FinalCopy> all = copies->Final();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].record.has_value());
  EXPECT_FALSE(all[1].record.has_value());
  EXPECT_TRUE(all[1].owner);
}

TEST_F(ObserveTest, BeliefsAreChangesInTheirOrder) {
  beliefs.Take();
  cluster->Crash(2);
  Run(seconds(10));
  std::vector<BelievedState> of_first;
  for (const Belief& belief : beliefs.Take()) {
    EXPECT_EQ(belief.subject, 2U);
    if (belief.observer == 0) of_first.push_back(belief.state);
  }
  ASSERT_FALSE(of_first.empty());
  EXPECT_EQ(of_first.back(), BelievedState::kDead);
}

}  // namespace
}  // namespace vf::sim
