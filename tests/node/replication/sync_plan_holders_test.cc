// Whom a copy has to pass with before it is in sync (design, section 7: holders).
#include <gtest/gtest.h>

#include "tests/node/replication/sync_plan_fixture.h"

namespace vf {
namespace {

using Fixture = SyncPlanFixture;

TEST(SyncPlanTest, HoldersMayBeMissingUpToMinAcksMinusOne) {
  MemberRecord suspect = TestMember(2);
  suspect.state = MemberState::kSuspect;
  MemberRecord other = TestMember(3);
  Fixture f({TestMember(1), suspect, other});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16) << "one of three";
  other.state = MemberState::kSuspect;
  f.plan.MarkAllNotInSync(f.now);
  f.Drain();
  f.open.clear();
  f.Show({TestMember(1), suspect, other});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 0) << "two of three";
  f.Advance(seconds(2));
  EXPECT_EQ(f.InSync(), 0);
  f.Show({TestMember(1), suspect, TestMember(3)});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, AStoppedHolderIsWaitedForWhileAFormerLifeHasLostTheOtherCopy) {
  MemberRecord stopped = TestMember(3);
  stopped.state = MemberState::kSuspect;
  MemberRecord restarted = Joiner();
  const MemberRecord former = TestDeadMember(2, DeathReason::kSuperseded);
  restarted.seat = former.seat;
  // A fourth has never held what the two had; the cluster's K is 3, and min_acks 2.
  const MemberRecord empty = TestMember(4);
  Fixture f({restarted, former, stopped, empty});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 0);
  EXPECT_FALSE(f.ready);
  f.Show({restarted, former, TestMember(3), empty});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
  EXPECT_TRUE(f.ready);
}

TEST(SyncPlanTest, OneHolderMayBeStoppedWhenNoneHasLostItsCopy) {
  MemberRecord stopped = TestMember(3);
  stopped.state = MemberState::kSuspect;
  Fixture f({Joiner(), TestMember(2), stopped});
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, WhenAllHoldersAreLostThereIsNobodyToWaitFor) {
  Fixture f({TestMember(1), TestDeadMember(2, DeathReason::kSuperseded),
             TestDeadMember(3, DeathReason::kSuperseded)});
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, OwnersBeforeAViewThatAPausedProcessSeesLateAreHolders) {
  MemberRecord stopped = TestMember(3);
  stopped.state = MemberState::kSuspect;
  Fixture f({TestMember(1), TestMember(2), stopped});
  f.AnswerAll();
  ASSERT_EQ(f.InSync(), 16);
  // Paused: the doubt is noticed, the view is followed, and only then the plan is told of the
  // doubt.
  f.states.DoubtAll();
  f.Show({TestMember(1), TestDeadMember(2, DeathReason::kSuperseded), stopped, TestMember(4)});
  f.plan.MarkAllNotInSync(f.now);
  f.Drain();
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 0) << "2 has lost what 3 may have alone";
}

TEST(SyncPlanTest, ASuspectThatMayHaveTakenWritesForAnOwnerIsWaitedFor) {
  std::vector<MemberRecord> members = TestMembers(5);
  members[4].state = MemberState::kSuspect;
  Fixture f(members);
  f.AnswerAll();
  const SharedClusterView view = f.views.view();
  for (Partition p = 0; p < 16; ++p) {
    const PartitionList& list = view->ListOf(p);
    EXPECT_EQ(f.states.IsInSync(p), list.IsOwner(1) && list.IsOwner(5)) << "two others own";
  }
  members[4] = TestDeadMember(5, DeathReason::kTimeout);
  f.Show(members);
  f.AnswerAll();
  for (Partition p = 0; p < 16; ++p) EXPECT_EQ(f.states.IsInSync(p), view->ListOf(p).IsOwner(1));
}

TEST(SyncPlanTest, TheDegradedAreComparedWith) {
  Fixture f({TestMember(1)});
  MembershipSnapshot snapshot = TestSnapshot(1, 3, 1, TestMembers(3), f.now);
  for (const MemberKey key : {2, 3}) {
    ChangeMember(snapshot, key, [](Member& member) { member.degraded = true; });
  }
  f.views.Set(f.now, snapshot);
  f.plan.MarkAllNotInSync(f.now);
  f.Drain();
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, OneThatIsBackFromTheDeadIsComparedWith) {
  Fixture f(TestMembers(3));
  f.AnswerAll();
  ASSERT_EQ(f.InSync(), 16);
  MembershipSnapshot snapshot = TestSnapshot(1, 3, 1, TestMembers(3), f.now);
  ChangeMember(snapshot, 3, [&](Member& member) { member.returned_at = f.now; });
  f.views.Set(f.now, snapshot);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  EXPECT_EQ(f.InSync(), 0) << "it may hold what was written meanwhile";
  const auto asks_3 = [](const PeerSend& send) { return send.to == 3; };
  EXPECT_TRUE(std::any_of(f.open.begin(), f.open.end(), asks_3));
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
  f.views.Set(f.now, snapshot);
  f.plan.OnViewChanged(f.now);
  EXPECT_EQ(f.InSync(), 16) << "once";
}

TEST(SyncPlanTest, APlaceThatWasLostBetweenTwoLooksIsNotInSync) {
  Fixture f(TestMembers(3));
  f.AnswerAll();
  ASSERT_EQ(f.InSync(), 16);
  f.views.Set(TestMembers(6), f.now);
  const SharedClusterView between = f.views.view();
  f.Show(TestMembers(3));
  for (Partition p = 0; p < 16; ++p) {
    EXPECT_EQ(f.states.IsInSync(p), between->ListOf(p).IsOwner(1)) << p;
  }
  f.AnswerAll();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, MemoryOnlyHoldersLeaveAMinuteAfterTheirDeath) {
  Fixture f({TestMember(1), TestDeadMember(2, DeathReason::kTimeout),
             TestDeadMember(3, DeathReason::kTimeout)});
  EXPECT_EQ(f.InSync(), 0);
  f.now += seconds(60);
  f.views.Set({TestMember(1), TestDeadMember(2, DeathReason::kTimeout),
               TestDeadMember(3, DeathReason::kTimeout)},
              f.now);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  EXPECT_EQ(f.InSync(), 16);
}

TEST(SyncPlanTest, HoldersWithADiskAreWaitedForBeyondTheirGrace) {
  std::vector<MemberRecord> members = {TestMember(1), TestDeadMember(2, DeathReason::kTimeout),
                                       TestDeadMember(3, DeathReason::kTimeout)};
  for (MemberRecord& member : members) {
    member.roles &= static_cast<std::uint8_t>(~kRoleMemoryOnly);
  }
  Fixture f(members);
  f.now += seconds(61);
  f.views.Set(members, f.now);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  EXPECT_EQ(f.InSync(), 0);
  members[1].death_reason = DeathReason::kOperator;
  f.views.Set(members, f.now);
  f.plan.OnViewChanged(f.now);
  f.Drain();
  // Now one of two is missing, min_acks - 1.
  EXPECT_EQ(f.InSync(), 16);
}

}  // namespace
}  // namespace vf
