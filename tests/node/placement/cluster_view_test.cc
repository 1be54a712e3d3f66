#include "node/placement/cluster_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"
#include "tests/support/test_members.h"

namespace vf {
namespace {

constexpr TimePoint kStart = TimePoint(hours(1));

MembershipSnapshot Snapshot(const std::vector<MemberRecord>& records, int replicas = 3) {
  return TestSnapshot(1, replicas, 2, records, kStart);
}

SharedClusterView ViewOf(const std::vector<MemberRecord>& records, TimePoint now = kStart,
                         int replicas = 3) {
  ClusterViewBuilder builder;
  return builder.Build(now, Snapshot(records, replicas));
}

std::vector<MemberKey> Sorted(std::vector<MemberKey> members) {
  std::sort(members.begin(), members.end());
  return members;
}

TEST(ClusterViewTest, IsEmptyUntilJoinedAndFounded) {
  ClusterViewBuilder builder;
  MembershipSnapshot snapshot = Snapshot({TestMember(1)});
  snapshot.joined = false;
  EXPECT_FALSE(builder.Build(kStart, snapshot)->joined());
  snapshot.joined = true;
  snapshot.foundation = {};
  const SharedClusterView view = builder.Build(kStart, snapshot);
  EXPECT_FALSE(view->joined());
  EXPECT_EQ(view->partition_count(), 0u);
  EXPECT_TRUE(view->members().empty());
  EXPECT_FALSE(view->HasOwners());
  EXPECT_EQ(builder.NextDeadline(), kNever);
}

TEST(ClusterViewTest, NumbersRise) {
  ClusterViewBuilder builder;
  const auto first = builder.Build(kStart, Snapshot({TestMember(1)}));
  const auto second = builder.Build(kStart, Snapshot({TestMember(1)}));
  EXPECT_GT(first->number(), 0u);
  EXPECT_GT(second->number(), first->number());
}

TEST(ClusterViewTest, TheFirstKThatOwnAreOwners) {
  const auto view =
      ViewOf({TestMember(1), TestMember(2), TestMember(3), TestMember(4), TestMember(5)});
  ASSERT_TRUE(view->joined());
  ASSERT_EQ(view->partition_count(), 256u);
  EXPECT_EQ(view->replicas(), 3);
  for (Partition p = 0; p < 256; ++p) {
    const auto preference = view->PreferenceOf(p);
    ASSERT_EQ(preference.size(), 5u);
    EXPECT_EQ(view->ListOf(p).owners,
              std::vector<MemberKey>(preference.begin(), preference.begin() + 3));
    EXPECT_TRUE(view->ListOf(p).joining.empty());
  }
}

TEST(ClusterViewTest, AllOwnWhenFewerThanK) {
  const auto view = ViewOf({TestMember(1), TestMember(2)});
  for (Partition p = 0; p < 256; ++p) {
    EXPECT_EQ(Sorted(view->ListOf(p).owners), (std::vector<MemberKey>{1, 2}));
  }
}

TEST(ClusterViewTest, ControllersAndFrontendsOwnNothing) {
  MemberRecord controller = TestMember(2);
  controller.roles = kRoleController;
  MemberRecord frontend = TestMember(3);
  frontend.roles = kRoleFrontend;
  const auto view = ViewOf({TestMember(1), controller, frontend});
  ASSERT_EQ(view->members().size(), 1u);
  EXPECT_EQ(view->Find(2), nullptr);
  EXPECT_EQ(view->ListOf(7).owners, std::vector<MemberKey>{1});
}

TEST(ClusterViewTest, ANewcomerIsJoiningWhereItWillOwn) {
  const std::vector<MemberRecord> old = {TestMember(1), TestMember(2), TestMember(3),
                                         TestMember(4)};
  const auto before = ViewOf(old);
  for (const Phase phase : {Phase::kJoining, Phase::kSyncing}) {
    std::vector<MemberRecord> records = old;
    records.push_back(TestMemberInPhase(5, phase));
    const auto during = ViewOf(records);
    records.back().phase = Phase::kReady;
    const auto after = ViewOf(records);
    int takes = 0;
    for (Partition p = 0; p < 256; ++p) {
      EXPECT_EQ(during->ListOf(p).owners, before->ListOf(p).owners);
      const bool will_own = after->ListOf(p).IsOwner(5);
      EXPECT_EQ(during->ListOf(p).IsJoining(5), will_own);
      takes += will_own ? 1 : 0;
    }
    EXPECT_GT(takes, 256 * 3 / 5 / 2);
    EXPECT_TRUE(during->Find(5)->joining);
    EXPECT_FALSE(during->Find(5)->owns);
  }
}

TEST(ClusterViewTest, OwnersAreFoundBehindACrowdOfNewcomers) {
  // A thousand processes that start at once must not hide the three that have the data.
  std::vector<MemberRecord> records = {TestMember(1), TestMember(2), TestMember(3)};
  for (MemberKey key = 10; key < 1010; ++key) {
    records.push_back(TestMemberInPhase(key, Phase::kJoining));
  }
  const auto view = ViewOf(records);
  for (Partition p = 0; p < 256; ++p) {
    ASSERT_EQ(Sorted(view->ListOf(p).owners), (std::vector<MemberKey>{1, 2, 3})) << p;
    EXPECT_LE(view->ListOf(p).joining.size(), 3u);
  }
  // In the order of the preference list, as without the crowd.
  const auto alone = ViewOf({TestMember(1), TestMember(2), TestMember(3)});
  for (Partition p = 0; p < 256; ++p) EXPECT_EQ(view->ListOf(p).owners, alone->ListOf(p).owners);
}

TEST(ClusterViewTest, ASuspectOwnsAndIsTheLastChoice) {
  MemberRecord suspect = TestMember(2);
  suspect.state = MemberState::kSuspect;
  const auto view = ViewOf({TestMember(1), suspect});
  EXPECT_EQ(view->Find(1)->reach, Reach::kReachable);
  EXPECT_EQ(view->Find(2)->reach, Reach::kSuspect);
  EXPECT_TRUE(view->ListOf(0).IsOwner(2));
}

TEST(ClusterViewTest, TheDegradedAreTreatedLikeSuspects) {
  MembershipSnapshot membership = Snapshot({TestMember(1), TestMember(2)});
  ChangeMember(membership, 2, [](Member& member) { member.degraded = true; });
  const auto view = ClusterViewBuilder().Build(kStart, membership);
  EXPECT_EQ(view->Find(1)->reach, Reach::kReachable);
  EXPECT_EQ(view->Find(2)->reach, Reach::kSuspect);
  EXPECT_TRUE(view->ListOf(0).IsOwner(2));
}

TEST(ClusterViewTest, TheBusyAreTreatedLikeSuspectsAndKeepTheirPlace) {
  MembershipSnapshot membership = Snapshot({TestMember(1), TestMember(2)});
  ChangeMember(membership, 2, [](Member& member) { member.busy = true; });
  const auto view = ClusterViewBuilder().Build(kStart, membership);
  EXPECT_EQ(view->Find(1)->reach, Reach::kReachable);
  EXPECT_EQ(view->Find(2)->reach, Reach::kSuspect);
  EXPECT_TRUE(view->ListOf(0).IsOwner(2));
}

TEST(ClusterViewTest, DrainingOnesOwnNothingAndAreTheLastFallbacks) {
  const auto view = ViewOf({TestMember(1), TestMember(2), TestMemberInPhase(3, Phase::kDraining),
                            TestMemberInPhase(4, Phase::kJoining), TestMember(5), TestMember(6)});
  const std::vector<MemberKey> draining{3};
  for (Partition p = 0; p < 256; ++p) {
    const PartitionList& list = view->ListOf(p);
    EXPECT_EQ(list.owners.size(), 3u);
    EXPECT_FALSE(list.IsOwner(3));
    EXPECT_FALSE(list.IsJoining(3));
    EXPECT_EQ(view->DrainingOf(p), draining);
    EXPECT_EQ(view->FallbacksOf(p).back(), 3u);
  }
}

TEST(ClusterViewTest, OneThatDiedWhileItDrainedHasNoGraceButMayHaveHadACopy) {
  MemberRecord record = TestDeadMember(2, DeathReason::kTimeout);
  record.phase = Phase::kDraining;
  const auto view = ViewOf({TestMember(1), record, TestMember(3)}, kStart + seconds(1));
  EXPECT_EQ(view->Find(2), nullptr);
  EXPECT_EQ(view->FateOf(2), CopyFate::kLost);
}

TEST(ClusterViewTest, WhereNobodyElseCanThoseWhoDrainOwn) {
  const auto view =
      ViewOf({TestMemberInPhase(1, Phase::kDraining), TestMemberInPhase(2, Phase::kDraining),
              TestMemberInPhase(3, Phase::kJoining)});
  for (Partition p = 0; p < 256; ++p) {
    EXPECT_TRUE(view->ListOf(p).IsOwner(1));
    EXPECT_TRUE(view->ListOf(p).IsOwner(2));
    EXPECT_TRUE(view->ListOf(p).IsJoining(3));
    EXPECT_TRUE(view->DrainingOf(p).empty());
  }
}

TEST(ClusterViewTest, WritesNeedNoAckOfThoseWhoDrain) {
  const auto view = ViewOf({TestMember(1), TestMemberInPhase(2, Phase::kDraining)});
  EXPECT_EQ(view->DefaultMinAcks(), 1);
}

TEST(ClusterViewTest, OneThatDiedOrStoppedOwnsForAMinute) {
  for (const MemberRecord& record :
       {TestDeadMember(2, DeathReason::kTimeout), TestDeadMember(2, DeathReason::kRefused),
        TestLeftMember(2, LeaveKind::kStopped)}) {
    ClusterViewBuilder builder;
    const MembershipSnapshot snapshot = Snapshot({TestMember(1), record, TestMember(3)});
    auto view = builder.Build(kStart + seconds(59), snapshot);
    ASSERT_NE(view->Find(2), nullptr);
    EXPECT_EQ(view->Find(2)->reach, Reach::kUnreachable);
    EXPECT_TRUE(view->ListOf(0).IsOwner(2));
    EXPECT_EQ(view->FateOf(2), CopyFate::kMayReturn);
    EXPECT_TRUE(view->LostOwnersOf(0).empty());
    EXPECT_EQ(builder.NextDeadline(), kStart + kOwnershipGrace);

    view = builder.Build(builder.NextDeadline(), snapshot);
    EXPECT_EQ(view->Find(2), nullptr);
    EXPECT_FALSE(view->ListOf(0).IsOwner(2));
    EXPECT_EQ(view->FateOf(2), CopyFate::kLost);
    EXPECT_EQ(view->LostOwnersOf(0), std::vector<MemberKey>{2});
    EXPECT_EQ(builder.NextDeadline(), kStart + kLossCounts);

    view = builder.Build(builder.NextDeadline(), snapshot);
    EXPECT_TRUE(view->LostOwnersOf(0).empty());
    EXPECT_EQ(builder.NextDeadline(), kNever);
  }
}

TEST(ClusterViewTest, OneThatIsGoneForGoodStopsOwningAtOnce) {
  for (const MemberRecord& record :
       {TestDeadMember(2, DeathReason::kSuperseded), TestDeadMember(2, DeathReason::kOperator),
        TestLeftMember(2, LeaveKind::kEmptied), TestDeadMember(2, DeathReason::kTimeout, false),
        TestLeftMember(2, LeaveKind::kStopped, false)}) {
    ClusterViewBuilder builder;
    const auto view = builder.Build(kStart, Snapshot({TestMember(1), record}));
    EXPECT_EQ(view->Find(2), nullptr);
    EXPECT_FALSE(view->ListOf(0).IsOwner(2));
    EXPECT_NE(view->FateOf(2), CopyFate::kMayReturn);
  }
}

TEST(ClusterViewTest, AFormerLifeIsLostUntilItsHeirIsReady) {
  const MemberRecord former = TestDeadMember(2, DeathReason::kSuperseded);
  MemberRecord heir = TestMemberInPhase(4, Phase::kSyncing);
  heir.seat = former.seat;
  const std::vector<MemberRecord> others = {TestMember(1), former, TestMember(3), heir};
  const auto before = ViewOf({TestMember(1), TestMember(2), TestMember(3)}, kStart, 2);
  auto view = ViewOf(others, kStart, 2);
  EXPECT_EQ(view->FateOf(2), CopyFate::kLost);
  for (Partition p = 0; p < 256; ++p) {
    const bool owned = before->ListOf(p).IsOwner(2);
    ASSERT_EQ(view->LostOwnersOf(p), owned ? std::vector<MemberKey>{2} : std::vector<MemberKey>{});
  }
  EXPECT_TRUE(ViewOf(others, kStart + kLossCounts, 2)->LostOwnersOf(0).empty());

  heir.phase = Phase::kReady;
  view = ViewOf({TestMember(1), former, TestMember(3), heir}, kStart, 2);
  EXPECT_EQ(view->FateOf(2), CopyFate::kSettled) << "it has what it had";
  for (Partition p = 0; p < 256; ++p) ASSERT_TRUE(view->LostOwnersOf(p).empty());
}

TEST(ClusterViewTest, OfSeveralFormerLivesOnASeatOneCounts) {
  MemberRecord second = TestDeadMember(3, DeathReason::kSuperseded);
  second.seat = TestMember(2).seat;
  const auto view =
      ViewOf({TestMember(1), TestDeadMember(2, DeathReason::kSuperseded), second}, kStart, 2);
  EXPECT_EQ(view->LostOwnersOf(0), std::vector<MemberKey>{2});
}

TEST(ClusterViewTest, TheEmptiedTheForgottenAndThoseWhoNeverOwnedAreNotMissed) {
  for (const MemberRecord& record :
       {TestLeftMember(2, LeaveKind::kEmptied), TestDeadMember(2, DeathReason::kOperator)}) {
    const auto view = ViewOf({TestMember(1), record});
    EXPECT_EQ(view->FateOf(2), CopyFate::kSettled);
    EXPECT_TRUE(view->LostOwnersOf(0).empty());
  }
  const auto view = ViewOf({TestMember(1), TestDeadMember(2, DeathReason::kSuperseded, false)});
  EXPECT_TRUE(view->LostOwnersOf(0).empty());
  EXPECT_EQ(view->FateOf(77), CopyFate::kLost) << "nobody remembers what it held";
}

TEST(ClusterViewTest, WhatIsOnDiskMayComeBackAfterTheGrace) {
  MemberRecord away = TestDeadMember(2, DeathReason::kTimeout);
  away.roles &= static_cast<std::uint8_t>(~kRoleMemoryOnly);
  auto view = ViewOf({TestMember(1), away}, kStart + seconds(61));
  EXPECT_FALSE(view->ListOf(0).IsOwner(2));
  EXPECT_EQ(view->FateOf(2), CopyFate::kMayReturn);
  EXPECT_TRUE(view->LostOwnersOf(0).empty());
  EXPECT_EQ(view->DefaultMinAcks(), 2);
  away.death_reason = DeathReason::kOperator;
  view = ViewOf({TestMember(1), away}, kStart + seconds(61));
  EXPECT_EQ(view->FateOf(2), CopyFate::kSettled);
  EXPECT_EQ(view->DefaultMinAcks(), 1);
}

// It says so itself: whoever has met it only now has to come to the same list.
TEST(ClusterViewTest, OneThatRestartedInTimeGoesOnOwning) {
  MemberRecord back = TestMemberInPhase(2, Phase::kSyncing);
  back.roles = kRoleStorage | kRoleReturned;
  EXPECT_FALSE(ViewOf({TestMember(1), back})->ListOf(0).IsOwner(2));
  EXPECT_TRUE(ViewOf({TestMember(1), back})->ListOf(0).IsJoining(2));
  back.roles |= kRoleOwnsStill;
  EXPECT_TRUE(ViewOf({TestMember(1), back})->ListOf(0).IsOwner(2));
}

TEST(ClusterViewTest, WhoIsBackWithItsDiskCountsForTheAcks) {
  MemberRecord back = TestMemberInPhase(2, Phase::kSyncing);
  EXPECT_EQ(ViewOf({TestMember(1), back})->DefaultMinAcks(), 1) << "a newcomer does not";
  back.roles = kRoleStorage | kRoleReturned;
  EXPECT_EQ(ViewOf({TestMember(1), back})->DefaultMinAcks(), 2);
}

TEST(ClusterViewTest, OwnersThatAreAwayWithTheirDisksAreNamedHoweverLong) {
  MemberRecord away = TestDeadMember(2, DeathReason::kTimeout);
  EXPECT_TRUE(ViewOf({TestMember(1), away}, kStart + hours(1))->AwayHoldersOf(0).empty())
      << "what it held is lost";
  away.roles = kRoleStorage;
  const auto view = ViewOf({TestMember(1), away}, kStart + hours(1));
  EXPECT_EQ(view->AwayHoldersOf(0), std::vector<MemberKey>{2});
  away.owned_at_end = false;
  EXPECT_TRUE(ViewOf({TestMember(1), away}, kStart + hours(1))->AwayHoldersOf(0).empty());
}

TEST(ClusterViewTest, NextDeadlineIsTheEarliestEndOfAGrace) {
  ClusterViewBuilder builder;
  MembershipSnapshot snapshot = Snapshot({TestMember(1), TestDeadMember(2, DeathReason::kTimeout),
                                          TestLeftMember(3, LeaveKind::kStopped)});
  ChangeMember(snapshot, 2, [](Member& member) { member.since = kStart + seconds(9); });
  ChangeMember(snapshot, 3, [](Member& member) { member.since = kStart + seconds(4); });
  builder.Build(kStart + seconds(10), snapshot);
  EXPECT_EQ(builder.NextDeadline(), kStart + seconds(64));
  builder.Build(kStart + seconds(64), snapshot);
  EXPECT_EQ(builder.NextDeadline(), kStart + seconds(69));
}

TEST(ClusterViewTest, DefaultMinAcksCountsThoseThatOwn) {
  EXPECT_EQ(ViewOf({TestMember(1)})->DefaultMinAcks(), 1);
  EXPECT_EQ(ViewOf({TestMember(1), TestMember(2)})->DefaultMinAcks(), 2);
  EXPECT_EQ(ViewOf({TestMember(1), TestMember(2), TestMember(3)})->DefaultMinAcks(), 2);
  EXPECT_EQ(ViewOf({TestMember(1), TestMember(2)}, kStart, 1)->DefaultMinAcks(), 1) << "K = 1";
  EXPECT_EQ(ViewOf({TestMember(1), TestMemberInPhase(2, Phase::kJoining)})->DefaultMinAcks(), 1);
  EXPECT_EQ(ViewOf({TestMemberInPhase(2, Phase::kJoining)})->DefaultMinAcks(), 1) << "never 0";
  // A lone survivor does not ack alone at once.
  const std::vector<MemberRecord> survivor = {TestMember(1),
                                              TestDeadMember(2, DeathReason::kTimeout)};
  EXPECT_EQ(ViewOf(survivor, kStart + seconds(59))->DefaultMinAcks(), 2);
  EXPECT_EQ(ViewOf(survivor, kStart + seconds(60))->DefaultMinAcks(), 1);
}

TEST(ClusterViewTest, ListHashesChangeWithTheListsAlone) {
  Rng rng(7);
  ClusterViewBuilder builder;
  std::vector<MemberRecord> records = TestMembers(6);
  auto before = builder.Build(kStart, Snapshot(records));
  int changed_lists = 0;
  for (int step = 0; step < 100; ++step) {
    MemberRecord& record = records[rng.Uniform(records.size())];
    switch (rng.Uniform(4)) {
      case 0:
        record = TestMember(record.key());
        break;
      case 1:
        record = TestMemberInPhase(record.key(), Phase::kJoining);
        break;
      case 2:
        record.state = MemberState::kSuspect;
        break;
      default:
        record = TestDeadMember(record.key(), DeathReason::kSuperseded);
    }
    const auto after = builder.Build(kStart, Snapshot(records));
    for (Partition p = 0; p < 256; ++p) {
      const bool same = before->ListOf(p).owners == after->ListOf(p).owners &&
                        before->ListOf(p).joining == after->ListOf(p).joining;
      EXPECT_EQ(before->ListOf(p).hash == after->ListOf(p).hash, same);
      changed_lists += same ? 0 : 1;
    }
    before = after;
  }
  EXPECT_GT(changed_lists, 1000);
}

TEST(ClusterViewTest, OwningAndJoiningMakeDifferentHashes) {
  const auto owning = ViewOf({TestMember(1), TestMember(2)});
  const auto joining = ViewOf({TestMember(1), TestMemberInPhase(2, Phase::kJoining)});
  for (Partition p = 0; p < 256; ++p) EXPECT_NE(owning->ListOf(p).hash, joining->ListOf(p).hash);
}

// After the grace of a dead owner the next one that is ready owns: it has to have what was written
// in the meantime, also by those for whom the grace ends a little later.
TEST(ClusterViewTest, FallbacksThatOwnComeBeforeNewcomers) {
  std::vector<MemberRecord> records = TestMembers(6);
  for (MemberKey key = 7; key <= 12; ++key) {
    records.push_back(TestMemberInPhase(key, Phase::kJoining));
  }
  const auto view = ViewOf(records);
  for (Partition p = 0; p < 256; ++p) {
    const std::vector<MemberKey> fallbacks = view->FallbacksOf(p);
    EXPECT_EQ(fallbacks.size() + 3 + view->ListOf(p).joining.size(), 12u);
    for (std::size_t i = 0; i < fallbacks.size(); ++i) {
      EXPECT_FALSE(view->ListOf(p).IsOwner(fallbacks[i]));
      EXPECT_FALSE(view->ListOf(p).IsJoining(fallbacks[i]));
      EXPECT_EQ(view->Find(fallbacks[i])->owns, i < 3);
    }
  }
}

TEST(ClusterViewTest, RecordsOfAListAreItsMembers) {
  MemberRecord suspect = TestMember(2);
  suspect.state = MemberState::kSuspect;
  const auto view = ViewOf({TestMember(1), suspect, TestDeadMember(3, DeathReason::kTimeout),
                            TestMemberInPhase(4, Phase::kJoining)},
                           kStart + seconds(7));
  const std::vector<MemberRecord> records = view->RecordsOf(kStart + seconds(9), 5);
  std::vector<MemberKey> keys;
  for (const MemberRecord& record : records) {
    keys.push_back(record.key());
    EXPECT_EQ(record.state, view->Find(record.key())->record.state);
    EXPECT_EQ(record.age_s, record.key() == 3 ? 9u : 0u) << "how long ago it died";
  }
  EXPECT_EQ(Sorted(keys), (std::vector<MemberKey>{1, 2, 3, 4}));
}

// Who still takes one of these for an owner would otherwise learn nothing from the other list.
TEST(ClusterViewTest, RecordsOfAListSayWhoLostItsPlaceInIt) {
  const std::vector<MemberRecord> old = {TestMember(1), TestMember(2), TestMember(3), TestMember(4),
                                         TestMember(5)};
  for (const MemberRecord& gone :
       {TestDeadMember(3, DeathReason::kSuperseded), TestLeftMember(3, LeaveKind::kEmptied)}) {
    std::vector<MemberRecord> records = old;
    records[2] = gone;
    const auto before = ViewOf(old);
    const auto after = ViewOf(records);
    for (Partition p = 0; p < 256; ++p) {
      const std::vector<MemberRecord> told = after->RecordsOf(kStart + seconds(2), p);
      const bool tells = std::any_of(told.begin(), told.end(), [](const MemberRecord& record) {
        return record.key() == 3 && !record.IsLive() && record.age_s == 2;
      });
      EXPECT_EQ(tells, before->ListOf(p).IsOwner(3)) << p;
      EXPECT_EQ(told.size(), tells ? 4u : 3u);
    }
  }
}

TEST(ClusterViewTest, RecordsOfAListAreBounded) {
  std::vector<MemberRecord> records = {TestMember(1), TestMember(2)};
  for (MemberKey key = 10; key < 500; ++key) {
    records.push_back(TestDeadMember(key, DeathReason::kSuperseded));
  }
  EXPECT_EQ(ViewOf(records)->RecordsOf(kStart, 0).size(), kMaxListRecords);
}

TEST(ClusterViewTest, IsTheSameHoweverItCameAbout) {
  Rng rng(8);
  ClusterViewBuilder builder;
  std::vector<MemberRecord> records;
  for (int step = 0; step < 60; ++step) {
    if (records.size() < 90 && rng.Chance(2, 3)) {
      const MemberKey key = 1 + rng.Uniform(1'000'000);
      if (std::none_of(records.begin(), records.end(),
                       [&](const MemberRecord& r) { return r.key() == key; })) {
        records.push_back(TestMember(key));
      }
    } else if (!records.empty()) {
      records.erase(records.begin() + static_cast<std::ptrdiff_t>(rng.Uniform(records.size())));
    }
    const auto changed = builder.Build(kStart, Snapshot(records));
    const auto fresh = ViewOf(records);
    for (Partition p = 0; p < 256; ++p) {
      ASSERT_EQ(changed->ListOf(p).hash, fresh->ListOf(p).hash);
      ASSERT_TRUE(std::ranges::equal(changed->PreferenceOf(p), fresh->PreferenceOf(p)));
    }
  }
}

}  // namespace
}  // namespace vf
