#include "node/replication/tombstone_rounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <utility>

#include "node/placement/partition.h"
#include "node/store/memory_engine.h"
#include "tests/support/test_views.h"

namespace vf {
namespace {

constexpr Duration kAge = minutes(10);
constexpr std::uint64_t kWallMs = 1'800'000'000'000;

// One process; the test plays its peers, which hold nothing that matters unless it says so.
struct Fixture {
  explicit Fixture(const std::vector<MemberRecord>& members)
      : views(1, 3, 1),
        store({.partition_count = 16, .tombstone_age = kAge}),
        states(16),
        copies{store, states},
        rounds(TombstoneConfig(), copies, views) {
    for (Partition p = 0; p < 16; ++p) {
      states.Begin(p);
      states.Complete(p);
    }
    Show(members);
    for (key = "k"; !views.view()->ListOf(partition()).IsOwner(1);) key += "k";
  }
  WallTime Clock() const {
    return {kWallMs + static_cast<std::uint64_t>(ToMilliseconds(now - began)) + ahead_ms};
  }
  Partition partition() const { return PartitionOf(HashKey(key), 1); }
  void Show(const std::vector<MemberRecord>& members) {
    views.Set(members, now, began);
    rounds.OnViewChanged(now, Clock());
    Drain();
  }
  void Put(std::uint64_t ms, bool tombstone) {
    store.Put(partition(), RecordRef::Make({.key = key,
                                            .value = tombstone ? "" : "v",
                                            .version = {ms << 16},
                                            .tombstone = tombstone}));
  }
  bool Held() const { return static_cast<bool>(store.Get(partition(), key)); }
  void Drain() {
    TombstoneOutputs out;
    rounds.TakeOutputs(out);
    for (PeerSend& send : out.sends) {
      if (!std::holds_alternative<ListNotice>(send.request)) open.push_back(std::move(send));
    }
  }
  // Answers whatever is asked: equal copies.
  void Answer() {
    while (!open.empty()) {
      const PeerSend send = open.front();
      open.erase(open.begin());
      const auto* compare = std::get_if<CompareRequest>(&send.request);
      if (compare == nullptr || silent.contains(send.to)) continue;
      asked.insert(send.to);
      if (on_compare) on_compare();
      CompareReply reply;
      reply.request = compare->request;
      reply.equal = true;
      reply.wall = {std::min(compare->wall.ms, Clock().ms - behind_ms[send.to])};
      rounds.OnReply(now, send.to, reply);
      Drain();
    }
  }
  void Pass(Duration duration) {
    const TimePoint until = now + duration;
    for (;;) {
      Answer();
      const TimePoint next = std::min(rounds.NextDeadline(), until);
      now = next;
      store.Forget(rounds.ForgetAt(now, Clock()));
      rounds.OnTimer(now, Clock());
      Drain();
      if (next == until) return;
    }
  }

  const TimePoint began = TimePoint(hours(1));
  TimePoint now = began;
  std::uint64_t ahead_ms = 0;
  TestViews views;
  MemoryEngine store;
  CopyStates states;
  LocalCopies copies;
  TombstoneRounds rounds;
  std::string key;
  std::vector<PeerSend> open;
  std::set<MemberKey> silent;
  std::map<MemberKey, std::uint64_t> behind_ms;  // how far a peer's clock is
  std::set<MemberKey> asked;
  std::function<void()> on_compare;
};

std::vector<MemberRecord> Members(std::initializer_list<MemberKey> keys) {
  std::vector<MemberRecord> members;
  for (const MemberKey key : keys) members.push_back(TestMember(key));
  return members;
}

TEST(TombstoneRoundsTest, ATombstoneGoesAfterItsAgeWhenEveryCopyWasAsked) {
  Fixture f(Members({1, 2, 3, 4, 5}));
  f.Put(kWallMs, /*tombstone=*/true);
  f.Pass(kAge - seconds(1));
  EXPECT_TRUE(f.Held());
  EXPECT_TRUE(f.asked.empty());
  f.Pass(kAge / 4);
  EXPECT_FALSE(f.Held());
  EXPECT_EQ(f.asked, (std::set<MemberKey>{2, 3, 4, 5})) << "owners and others";
  EXPECT_EQ(f.rounds.collected(), 1u);
}

TEST(TombstoneRoundsTest, AloneNobodyIsAsked) {
  Fixture f(Members({1}));
  f.Put(kWallMs, /*tombstone=*/true);
  f.Pass(kAge + kAge / 8);
  EXPECT_FALSE(f.Held());
}

TEST(TombstoneRoundsTest, AnOldDeletionThatComesLateStaysForAnAge) {
  Fixture f(Members({1, 2, 3}));
  f.Put(kWallMs - 10 * 600'000, /*tombstone=*/true);
  f.Pass(kAge - seconds(1));
  EXPECT_TRUE(f.Held());
  f.Pass(kAge / 4);
  EXPECT_FALSE(f.Held());
}

TEST(TombstoneRoundsTest, AWallClockThatJumpsMakesNothingOlder) {
  Fixture f(Members({1, 2, 3}));
  f.Put(kWallMs, /*tombstone=*/true);
  f.Pass(seconds(1));
  f.ahead_ms = 86'400'000;
  f.Pass(kAge - seconds(2));
  EXPECT_TRUE(f.Held());
}

// Also of a member that is no owner, and of one that is asked last.
TEST(TombstoneRoundsTest, NothingGoesBeforeItIsOldByTheEarliestClock) {
  for (const MemberKey behind : std::initializer_list<MemberKey>{2, 3, 4, 5}) {
    Fixture f(Members({1, 2, 3, 4, 5}));
    f.behind_ms[behind] = 3 * static_cast<std::uint64_t>(ToMilliseconds(kAge));
    f.Put(kWallMs, /*tombstone=*/true);
    f.Pass(4 * kAge - seconds(1));
    EXPECT_TRUE(f.asked.contains(behind));
    EXPECT_TRUE(f.Held()) << behind;
    f.Pass(kAge / 4);
    EXPECT_FALSE(f.Held()) << behind;
  }
}

TEST(TombstoneRoundsTest, WhileSomebodyIsAwayCopiesGoOnTellingOfDeletions) {
  Fixture f(Members({1, 2, 3, 4}));
  f.Pass(kAge);
  f.Put(f.Clock().ms, /*tombstone=*/true);
  f.Show({TestMember(1), TestMember(2), TestMember(3), TestDeadMember(4, DeathReason::kTimeout)});
  f.Pass(5 * kAge);
  EXPECT_FALSE(f.store.IsForgotten(f.store.Get(f.partition(), f.key).view(), f.store.wall()));
}

TEST(TombstoneRoundsTest, ADeletionFromTheFutureStaysUntilItIsForgotten) {
  Fixture f(Members({1, 2, 3}));
  f.Put(kWallMs + 600'000, /*tombstone=*/true);
  f.Pass(2 * kAge - seconds(1));
  EXPECT_TRUE(f.Held());
  f.Pass(kAge / 4);
  EXPECT_FALSE(f.Held());
}

TEST(TombstoneRoundsTest, NothingGoesWhileAnOwnerIsDeadOrSilent) {
  Fixture f(Members({1, 2, 3}));
  f.Put(kWallMs, /*tombstone=*/true);
  f.silent = {3};
  f.Pass(kAge + kAge / 2);
  EXPECT_TRUE(f.Held());
  f.silent = {};
  f.Show({TestMember(1), TestMember(2), TestDeadMember(3, DeathReason::kTimeout)});
  f.Pass(seconds(59));
  EXPECT_TRUE(f.Held());
}

TEST(TombstoneRoundsTest, NothingGoesWhileSomebodyIsAwayUntilItsSeatIsTaken) {
  Fixture f(Members({1, 2, 3, 4}));
  f.Put(kWallMs, /*tombstone=*/true);
  // It never owned, or its grace is over.
  const MemberRecord away = TestDeadMember(4, DeathReason::kTimeout, /*owned=*/false);
  f.Show({TestMember(1), TestMember(2), TestMember(3), away});
  f.Pass(3 * kAge);
  EXPECT_TRUE(f.Held());
  f.Show({TestMember(1), TestMember(2), TestMember(3), away, TestMember(7, TestMember(4).seat)});
  f.Pass(kAge / 4);
  EXPECT_FALSE(f.Held());
}

// A seat that nobody has taken yet.
TEST(TombstoneRoundsTest, WhoIsKnownToHaveEndedIsNotWaitedFor) {
  const std::vector<std::pair<MemberRecord, bool>> ends = {
      {TestDeadMember(4, DeathReason::kTimeout), true},
      {TestDeadMember(4, DeathReason::kRefused), true},
      {TestDeadMember(4, DeathReason::kSuperseded), false},
      {TestDeadMember(4, DeathReason::kOperator), false},
      {TestLeftMember(4, LeaveKind::kStopped), false},
      {TestLeftMember(4, LeaveKind::kEmptied), false},
  };
  for (const auto& [end, waited_for] : ends) {
    Fixture f(Members({1, 2, 3, 4}));
    f.Put(kWallMs, /*tombstone=*/true);
    f.Show({TestMember(1), TestMember(2), TestMember(3), end});
    f.now += minutes(2);  // Its grace is over.
    f.Show({TestMember(1), TestMember(2), TestMember(3), end});
    f.Pass(kAge + kAge / 8);
    EXPECT_EQ(f.Held(), waited_for)
        << static_cast<int>(end.state) << " " << static_cast<int>(end.death_reason);
  }
}

TEST(TombstoneRoundsTest, WhoComesBackIsAsked) {
  Fixture f(Members({1, 2, 3, 4}));
  f.Put(kWallMs, /*tombstone=*/true);
  f.Show({TestMember(1), TestMember(2), TestMember(3), TestDeadMember(4, DeathReason::kTimeout)});
  f.Pass(3 * kAge);
  f.Show(Members({1, 2, 3, 4}));
  f.Pass(kAge);
  EXPECT_TRUE(f.Held()) << "newcomers may hear of an older record from it first";
  f.Pass(kAge / 4);
  EXPECT_TRUE(f.asked.contains(4));
  EXPECT_FALSE(f.Held());
}

TEST(TombstoneRoundsTest, ARoundInWhichAnOlderRecordComesIsForNothing) {
  Fixture f(Members({1, 2, 3}));
  f.Put(kWallMs, /*tombstone=*/true);
  f.on_compare = [&] { f.Put(kWallMs - 1, /*tombstone=*/false); };
  f.Pass(2 * kAge);
  EXPECT_TRUE(f.Held());
  EXPECT_GE(f.store.Tombstones(f.partition()).refused, 2u) << "each look begins another round";
  f.on_compare = nullptr;
  f.Pass(kAge / 4);
  EXPECT_FALSE(f.Held());
}

TEST(TombstoneRoundsTest, ACopyThatIsNotInSyncKeepsItsTombstones) {
  Fixture f(Members({1, 2, 3}));
  f.Put(kWallMs, /*tombstone=*/true);
  f.states.DoubtAll();
  f.Pass(2 * kAge);
  EXPECT_TRUE(f.Held());
}

TEST(TombstoneRoundsTest, WhoDoesNotOwnCollectsNothing) {
  Fixture f(Members({1, 2, 3, 4, 5}));
  while (f.views.view()->ListOf(f.partition()).IsOwner(1)) f.key += "k";
  f.Put(kWallMs, /*tombstone=*/true);
  f.Pass(2 * kAge);
  EXPECT_TRUE(f.Held());
}

TEST(TombstoneRoundsTest, AnotherListEndsTheRound) {
  Fixture f(Members({1, 2, 3}));
  f.Put(kWallMs, /*tombstone=*/true);
  bool changed = false;
  f.on_compare = [&] {
    if (std::exchange(changed, true)) return;
    f.Show(Members({1, 2, 3, 4}));
    EXPECT_TRUE(f.Held());
  };
  f.Pass(kAge + kAge / 4);
  EXPECT_TRUE(changed);
  EXPECT_FALSE(f.Held()) << "the next one asks the newcomer, too";
  EXPECT_TRUE(f.asked.contains(4));
}

}  // namespace
}  // namespace vf
