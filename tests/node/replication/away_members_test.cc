#include "node/replication/away_members.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "tests/support/test_views.h"

namespace vf {
namespace {

constexpr Duration kAge = minutes(10);
constexpr std::uint64_t kWallMs = 1'800'000'000'000;

struct Fixture {
  WallTime ClockAt(TimePoint at) const {
    return {kWallMs + static_cast<std::uint64_t>(ToMilliseconds(at - began))};
  }
  WallTime Clock() const { return ClockAt(now); }
  // `since`: when members came to be what they are.
  void Show(const std::vector<MemberRecord>& members, TimePoint since) {
    views.Set(members, now, since);
    away.Follow(now, Clock(), *views.view());
  }
  void Show(const std::vector<MemberRecord>& members) { Show(members, now); }
  WallTime Earliest() { return away.EarliestClock(now, Clock()); }

  const TimePoint began = TimePoint(hours(1));
  TimePoint now = began;
  TestViews views{1, 3, 1};
  AwayMembers away{kAge};
};

std::vector<MemberRecord> With(std::vector<MemberRecord> members, const MemberRecord& another) {
  members.push_back(another);
  return members;
}

TEST(AwayMembersTest, WhileAllAreHereTheOwnClockCounts) {
  Fixture f;
  f.Show(TestMembers(3));
  f.now += hours(1);
  EXPECT_EQ(f.away.count(), 0u);
  EXPECT_EQ(f.Earliest(), f.Clock());
  EXPECT_EQ(f.away.EarliestClock(f.now, {5}), WallTime{5});
}

// With these of 1 to 5 dead.
std::vector<MemberRecord> Without(const std::vector<MemberKey>& dead, int count = 4) {
  std::vector<MemberRecord> members = TestMembers(count);
  for (const MemberKey key : dead) {
    members[key - 1] = TestDeadMember(key, DeathReason::kTimeout);
  }
  return members;
}

TEST(AwayMembersTest, TheClockOfWhoIsAwayStopped) {
  Fixture f;
  f.Show(TestMembers(4));
  f.now += minutes(1);
  f.Show(Without({4}));
  const WallTime went = f.Clock();
  f.now += hours(5);
  EXPECT_EQ(f.away.count(), 1u);
  EXPECT_EQ(f.Earliest(), went);
  EXPECT_EQ(f.away.EarliestClock(f.now, {5}), WallTime{5}) << "the own one went back";
}

TEST(AwayMembersTest, OfSeveralTheFirstThatWentCounts) {
  Fixture f;
  f.Show(TestMembers(5));
  f.now += minutes(1);
  f.Show(Without({5}, 5));
  const WallTime went = f.Clock();
  f.now += minutes(1);
  f.Show(Without({4, 5}, 5));
  f.now += minutes(1);
  EXPECT_EQ(f.away.count(), 2u);
  EXPECT_EQ(f.Earliest(), went);
}

// It is listed as dead, within its grace or after it, perhaps for days.
TEST(AwayMembersTest, NewcomersCountThoseWhoWentBeforeTheyCame) {
  for (const Duration ago : {Duration(seconds(20)), Duration(minutes(5)), Duration(hours(100))}) {
    Fixture f;
    f.now += ago;
    f.Show(Without({4}), f.began);
    EXPECT_EQ(f.away.count(), 1u);
    EXPECT_EQ(f.Earliest(), f.ClockAt(f.began));
  }
}

// It was emptied, removed or followed by another, so long ago that it is no longer listed.
TEST(AwayMembersTest, WhoIsListedNoLongerIsSettled) {
  Fixture f;
  f.Show(Without({4}));
  f.now += minutes(20);
  f.Show(TestMembers(3));
  EXPECT_EQ(f.away.count(), 0u);
  EXPECT_EQ(f.Earliest(), f.Clock());
}

TEST(AwayMembersTest, WhoIsBackCountsForAnAge) {
  Fixture f;
  f.Show(TestMembers(4));
  f.now += minutes(1);
  f.Show(Without({4}));
  const WallTime went = f.Clock();
  f.now += hours(5);
  f.Show(TestMembers(4));
  EXPECT_EQ(f.away.count(), 0u) << "rounds can ask it";
  f.now += kAge - seconds(1);
  EXPECT_EQ(f.Earliest(), went);
  f.now += seconds(1);
  EXPECT_EQ(f.Earliest(), f.Clock());
}

TEST(AwayMembersTest, WhoIsSoonAwayAgainCountsFromTheFirstTime) {
  Fixture f;
  f.Show(TestMembers(4));
  f.Show(Without({4}));
  const WallTime went = f.Clock();
  f.now += hours(1);
  f.Show(TestMembers(4));
  f.now += minutes(1);
  f.Show(Without({4}));
  f.now += hours(1);
  EXPECT_EQ(f.Earliest(), went);
}

TEST(AwayMembersTest, WhoIsAwayAgainLaterCountsFromThen) {
  Fixture f;
  f.Show(TestMembers(4));
  f.Show(Without({4}));
  f.Show(TestMembers(4));
  f.now += 2 * kAge;
  EXPECT_EQ(f.Earliest(), f.Clock());
  f.Show(Without({4}));
  const WallTime went = f.Clock();
  f.now += hours(1);
  EXPECT_EQ(f.Earliest(), went);
}

TEST(AwayMembersTest, WhoIsKnownToHaveEndedIsNotAway) {
  const std::vector<std::pair<MemberRecord, bool>> ends = {
      {TestDeadMember(4, DeathReason::kTimeout), true},
      {TestDeadMember(4, DeathReason::kRefused), true},
      {TestDeadMember(4, DeathReason::kSuperseded), false},
      {TestDeadMember(4, DeathReason::kOperator), false},
      {TestLeftMember(4, LeaveKind::kStopped), false},
      {TestLeftMember(4, LeaveKind::kEmptied), false},
  };
  for (const auto& [end, away] : ends) {
    Fixture f;
    f.Show(TestMembers(4));
    f.Show(With(TestMembers(3), end));
    const WallTime went = f.Clock();
    f.now += minutes(2);  // Its grace is over.
    f.Show(With(TestMembers(3), end), f.began);
    EXPECT_EQ(f.away.count(), away ? 1u : 0u) << static_cast<int>(end.death_reason);
    EXPECT_EQ(f.Earliest(), away ? went : f.Clock());
  }
}

TEST(AwayMembersTest, WhatIsOnDiskIsAwayAlsoAfterAnOrderlyStop) {
  Fixture f;
  MemberRecord stopped = TestLeftMember(4, LeaveKind::kStopped);
  stopped.roles &= static_cast<std::uint8_t>(~kRoleMemoryOnly);
  f.now += minutes(2);
  f.Show(With(TestMembers(3), stopped), f.began);
  EXPECT_EQ(f.away.count(), 1u);
  EXPECT_EQ(f.Earliest(), f.ClockAt(f.began));
}

TEST(AwayMembersTest, WhoHasAnHeirIsNotAway) {
  Fixture f;
  f.Show(TestMembers(4));
  f.Show(Without({4}), f.began);
  f.now += minutes(2);
  f.Show(Without({4}), f.began);
  EXPECT_EQ(f.away.count(), 1u);
  f.Show(With(Without({4}), TestMember(7, TestMember(4).seat)), f.began);
  EXPECT_EQ(f.away.count(), 0u);
  EXPECT_EQ(f.Earliest(), f.Clock());
}

}  // namespace
}  // namespace vf
