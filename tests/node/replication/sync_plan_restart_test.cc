// How a process that starts with the copies of its former life brings them in sync: who has to be
// asked, and who may be done without.
#include <gtest/gtest.h>

#include <vector>

#include "tests/node/replication/sync_plan_fixture.h"

namespace vf {
namespace {

MemberRecord OnDisk(MemberRecord record) {
  record.roles &= static_cast<std::uint8_t>(~kRoleMemoryOnly);
  return record;
}
MemberRecord Returned(MemberRecord record) {
  record.roles |= kRoleReturned;
  return OnDisk(record);
}
MemberRecord Restarted() { return Returned(Joiner()); }
MemberRecord Alive(MemberKey key) { return OnDisk(TestMember(key)); }
MemberRecord NotReady(MemberKey key) { return Returned(TestMemberInPhase(key, Phase::kSyncing)); }
// Past its grace: it owns nothing.
MemberRecord Away(MemberKey key, bool owned = true) {
  MemberRecord record = OnDisk(TestDeadMember(key, DeathReason::kTimeout, owned));
  return record;
}

// By partition, the same for all.
std::vector<KeptHolders> KeptForAll(const std::vector<MemberKey>& holders) {
  std::vector<KeptHolders> kept;
  for (Partition p = 0; p < 16; ++p) kept.push_back({p, holders});
  return kept;
}

// K is 3, so acks of two are the default.
class SyncPlanRestartTest : public ::testing::Test {
 protected:
  // The dead went two minutes ago.
  void Start(const std::vector<MemberRecord>& members, std::vector<KeptHolders> kept = {}) {
    SyncConfig config;
    config.keeps_holders = true;
    f_.emplace(std::vector<MemberRecord>{}, config, UINT64_MAX, std::move(kept));
    Show(members);
  }
  void Show(const std::vector<MemberRecord>& members) {
    f_->views.Set(members, f_->now, f_->now - minutes(2));
    f_->plan.OnViewChanged(f_->now);
    f_->Drain();
  }
  // As it is when it has asked whom there is to ask, several times.
  int InSyncAfterAWhile(bool others_in_sync = false) {
    for (int i = 0; i < 5; ++i) {
      f_->AnswerAll(others_in_sync);
      f_->Advance(seconds(1));
    }
    f_->AnswerAll(others_in_sync);
    return f_->InSync();
  }

  std::optional<SyncPlanFixture> f_;
};

// A whole cluster was stopped, and this is the first to start again.
TEST_F(SyncPlanRestartTest, TheFirstToReturnWaitsForTheOthers) {
  Start({Restarted(), Away(2), Away(3)});
  EXPECT_EQ(InSyncAfterAWhile(), 0);
  Show({Restarted(), NotReady(2), Away(3)});
  EXPECT_EQ(InSyncAfterAWhile(), 16) << "each write is on two of three";
}

TEST_F(SyncPlanRestartTest, WhoNeverOwnedIsNotWaitedFor) {
  Start({Restarted(), Away(2, /*owned=*/false), Away(3, /*owned=*/false)});
  EXPECT_EQ(InSyncAfterAWhile(), 16);
}

TEST_F(SyncPlanRestartTest, WhoWasRemovedOrEmptiedIsNotWaitedFor) {
  Start({Restarted(), OnDisk(TestDeadMember(2, DeathReason::kOperator)),
         OnDisk(TestLeftMember(3, LeaveKind::kEmptied))});
  EXPECT_EQ(InSyncAfterAWhile(), 16);
}

// By the weights of the seats alone 5 and 6 would not be owners of most partitions; they took over
// while others were dead, and this process was there to see it.
TEST_F(SyncPlanRestartTest, HoldersThatWereKeptAreWaitedFor) {
  Start({Restarted(), NotReady(2), NotReady(3), NotReady(4), Away(5), Away(6)},
        KeptForAll({2, 5, 6}));
  std::vector<Partition> mine;
  for (Partition p = 0; p < 16; ++p) {
    if (f_->views.view()->ListOf(p).HasPlace(1)) mine.push_back(p);
  }
  ASSERT_FALSE(mine.empty());
  EXPECT_EQ(InSyncAfterAWhile(), 0);
  Show({Restarted(), NotReady(2), NotReady(3), NotReady(4), NotReady(5), Away(6)});
  EXPECT_GT(InSyncAfterAWhile(), 0);
}

TEST_F(SyncPlanRestartTest, AnOwnerInSyncSpeaksForThoseWhoAreAway) {
  Start({Restarted(), Alive(2), Alive(3), Away(5), Away(6)}, KeptForAll({5, 6}));
  EXPECT_EQ(InSyncAfterAWhile(/*others_in_sync=*/false), 0);
  EXPECT_EQ(InSyncAfterAWhile(/*others_in_sync=*/true), 16);
}

// Within its grace a dead owner counts: it may have what nobody else has.
TEST_F(SyncPlanRestartTest, NobodySpeaksForOwnersOfTheList) {
  SyncConfig config;
  f_.emplace(std::vector<MemberRecord>{}, config, UINT64_MAX, KeptForAll({2, 3}));
  f_->views.Set({Restarted(), Alive(4), Away(2), Away(3)}, f_->now, f_->now - seconds(5));
  f_->plan.OnViewChanged(f_->now);
  f_->Drain();
  f_->AnswerAll(/*in_sync_there=*/true);
  for (Partition p = 0; p < 16; ++p) {
    const PartitionList& list = f_->views.view()->ListOf(p);
    if (list.IsOwner(2) && list.IsOwner(3)) {
      EXPECT_FALSE(f_->states.IsInSync(p)) << p;
    }
  }
}

// --- What is kept ---

TEST_F(SyncPlanRestartTest, HoldersAreKeptUntilTheCopyIsInSyncAndOwnersAfterwards) {
  Start({Restarted(), NotReady(2), Away(3)}, KeptForAll({2, 3, 7}));
  EXPECT_EQ(InSyncAfterAWhile(), 0) << "7 is gone, and may have shared its writes with 3 alone";
  EXPECT_TRUE(f_->kept.empty()) << "nothing has changed";
  Show({Restarted(), NotReady(2), NotReady(3)});
  EXPECT_EQ(InSyncAfterAWhile(), 16);
  Show({Alive(1), Alive(2), Away(3)});
  for (Partition p = 0; p < 16; ++p) {
    EXPECT_EQ(f_->kept[p], (std::vector<MemberKey>{2})) << p;
  }
}

TEST_F(SyncPlanRestartTest, ANewOwnerIsKeptBeforeAnythingElseIsDone) {
  Start({Alive(1), Alive(2)});
  EXPECT_EQ(InSyncAfterAWhile(), 16);
  f_->kept.clear();
  Show({Alive(1), Alive(2), Alive(9)});
  EXPECT_EQ(f_->kept.size(), 16u);
  for (const auto& [partition, holders] : f_->kept) {
    EXPECT_EQ(std::count(holders.begin(), holders.end(), 9), 1) << partition;
  }
}

TEST_F(SyncPlanRestartTest, NothingIsKeptOfPartitionsWithoutAPlace) {
  Start({Alive(1)});
  EXPECT_EQ(InSyncAfterAWhile(), 16);
  Show({Alive(1), Alive(2), Alive(3), Alive(4), Alive(5)});
  InSyncAfterAWhile();
  for (Partition p = 0; p < 16; ++p) {
    if (f_->views.view()->ListOf(p).HasPlace(1)) continue;
    EXPECT_TRUE(f_->kept[p].empty()) << p;
  }
}

}  // namespace
}  // namespace vf
