#include "gossip/members/member_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <set>
#include <utility>
#include <vector>

#include "tests/gossip/wire/datagram_samples.h"

namespace vf {
namespace {

constexpr MemberKey kSelf = 5;
const TimePoint kNow{seconds(100'000)};

MemberRecord RecordOf(MemberKey key, std::uint8_t host = 1, std::uint64_t boot = 1000) {
  MemberRecord r = SampleRecord();
  StoreBigEndian(r.id.bytes.data(), key);
  r.endpoint = Endpoint::V4({10, 0, static_cast<std::uint8_t>(key), host}, 8000);
  r.boot = boot;
  r.incarnation = 0;
  return r;
}

MemberRecord DeadOf(MemberRecord r, DeathReason reason = DeathReason::kTimeout) {
  r.state = MemberState::kDead;
  r.death_reason = reason;
  if (reason >= DeathReason::kSuperseded) r.incarnation = kFinalIncarnation;
  return r;
}

// It stores nothing: nobody keeps anything for it.
MemberRecord FrontendOf(MemberKey key) {
  MemberRecord r = RecordOf(key);
  r.roles = kRoleFrontend;
  return r;
}

class MemberTableTest : public ::testing::Test {
 protected:
  MemberTableTest() { table_.SetSelf(kNow, RecordOf(kSelf)); }
  std::uint64_t HashOfAll() {
    std::uint64_t hash = 0;
    table_.ForEach([&](const Member& e) {
      if (e.record.IsLive()) hash ^= ViewHashOf(e.record);
    });
    return hash;
  }
  MemberTable table_{kSelf};
  Rng rng_{1};
};

TEST_F(MemberTableTest, ViewHashIsThatOfTheLiveMembersAfterAnyHistory) {
  const std::uint64_t alone = table_.view_hash();
  EXPECT_EQ(alone, HashOfAll());
  for (MemberKey key = 10; key < 60; ++key) table_.Merge(kNow, RecordOf(key));
  EXPECT_EQ(table_.view_hash(), HashOfAll());
  for (MemberKey key = 10; key < 60; key += 2) table_.Merge(kNow, DeadOf(RecordOf(key)));
  EXPECT_EQ(table_.view_hash(), HashOfAll());
  MemberRecord back = RecordOf(10);
  back.incarnation = 1;
  table_.Merge(kNow, back);
  EXPECT_EQ(table_.view_hash(), HashOfAll());
  EXPECT_EQ(table_.live(), 1u + 25u + 1u);
  table_.Clear();
  EXPECT_EQ(table_.view_hash(), alone);
}

TEST_F(MemberTableTest, BucketsAddUpToTheView) {
  for (std::uint64_t i = 1; i < 200; ++i) table_.Merge(kNow, RecordOf(i << 55 | i));
  std::uint64_t hash = 0;
  std::size_t count = 0;
  for (std::size_t b = 0; b < kViewBuckets; ++b) {
    hash ^= table_.bucket_hash(b);
    std::size_t seen = 0;
    table_.ForEachInBucket(kNow, b, [&](const MemberRecord& r) {
      EXPECT_EQ(BucketOf(r.key()), b);
      ++seen;
    });
    EXPECT_EQ(seen, table_.CountInBucket(b));
    count += seen;
  }
  EXPECT_EQ(hash, table_.view_hash());
  EXPECT_EQ(count, table_.size());
}

TEST_F(MemberTableTest, NoBucketChangesUnnoticed) {
  const auto contents = [&](TimePoint now) {
    std::vector<std::vector<MemberRecord>> all(kViewBuckets);
    for (std::size_t b = 0; b < kViewBuckets; ++b) {
      table_.ForEachInBucket(now, b, [&](const MemberRecord& r) {
        all[b].push_back(r);
        all[b].back().age_s = 0;
      });
    }
    return all;
  };
  EXPECT_TRUE(table_.TakeChangedBuckets().all());
  EXPECT_TRUE(table_.TakeChangedBuckets().none());
  auto before = contents(kNow);
  int changes = 0;
  for (int i = 0; i < 3'000; ++i) {
    const TimePoint now = kNow + seconds(i);
    MemberRecord r = RecordOf((rng_.Next() & (0xfULL << 60)) | (kSelf + 1 + rng_.Uniform(20)));
    r.endpoint = Endpoint::V4({10, 0, 0, static_cast<std::uint8_t>(1 + rng_.Uniform(40))}, 8000);
    r.boot += rng_.Uniform(3);
    r.incarnation = static_cast<std::uint32_t>(rng_.Uniform(4));
    r.state = static_cast<MemberState>(rng_.Uniform(4));
    r.meta_version = static_cast<std::uint32_t>(rng_.Uniform(4));
    table_.Merge(now, r);
    table_.Evict(now, seconds(100), seconds(300));
    const auto changed = table_.TakeChangedBuckets();
    auto after = contents(now);
    for (std::size_t b = 0; b < kViewBuckets; ++b) {
      if (after[b] == before[b]) continue;
      ++changes;
      EXPECT_TRUE(changed[b]) << i << " " << b;
    }
    before = std::move(after);
  }
  EXPECT_GT(changes, 500);
  table_.Clear();
  EXPECT_TRUE(table_.TakeChangedBuckets().all());
}

TEST_F(MemberTableTest, LaterProcessAtAnAddressSupersedesTheEarlierOne) {
  MemberRecord old = RecordOf(10);
  MemberRecord young = RecordOf(11, 1, 2000);
  young.endpoint = old.endpoint;
  table_.Merge(kNow, old);
  const MergeResult result = table_.Merge(kNow, young);
  EXPECT_EQ(result.superseded, std::vector<MemberKey>{10});
  EXPECT_EQ(table_.Find(10)->record.death_reason, DeathReason::kSuperseded);
  EXPECT_TRUE(table_.Find(10)->record.owned_at_end);
  EXPECT_EQ(table_.FindAt(old.endpoint)->record.key(), 11u);
  // In the other order the earlier one is never alive.
  MemberTable other(kSelf);
  other.Merge(kNow, young);
  other.Merge(kNow, old);
  EXPECT_EQ(other.Find(10)->record.state, MemberState::kDead);
  EXPECT_EQ(other.Find(11)->record.state, MemberState::kAlive);
}

TEST_F(MemberTableTest, StaleStatementsSayThatTheyAre) {
  table_.Merge(kNow, DeadOf(RecordOf(10)));
  const MergeResult result = table_.Merge(kNow, RecordOf(10));
  EXPECT_TRUE(result.stale);
  EXPECT_FALSE(result.changed());
  EXPECT_FALSE(table_.Merge(kNow, DeadOf(RecordOf(10))).stale);
}

TEST_F(MemberTableTest, DescriptionThatComesAfterTheSuspicionStillCounts) {
  MemberRecord suspect = RecordOf(10);
  suspect.state = MemberState::kSuspect;
  suspect.incarnation = 4;
  suspect.phase = Phase::kJoining;
  table_.Merge(kNow, suspect);
  MemberRecord ready = RecordOf(10);
  ready.incarnation = 4;
  ready.meta_version = suspect.meta_version + 1;
  const MergeResult result = table_.Merge(kNow, ready);
  EXPECT_TRUE(result.description_changed);
  EXPECT_FALSE(result.status_changed);
  EXPECT_EQ(table_.Find(10)->record.phase, Phase::kReady);
  EXPECT_EQ(table_.Find(10)->record.state, MemberState::kSuspect);
}

// It has what it owned before, and somebody may wait for it.
TEST_F(MemberTableTest, WhoReturnedAndDiesBeforeItIsReadyOwnedAtItsEnd) {
  MemberRecord again = RecordOf(10, 1, 2000);
  again.phase = Phase::kJoining;
  table_.Merge(kNow, again);
  table_.Merge(kNow + seconds(5), DeadOf(again));
  EXPECT_FALSE(table_.Find(10)->record.owned_at_end);
  again.boot = 3000;
  again.roles = kRoleStorage | kRoleReturned;
  table_.Merge(kNow + seconds(6), again);
  table_.Merge(kNow + seconds(7), DeadOf(again));
  EXPECT_TRUE(table_.Find(10)->record.owned_at_end);
}

TEST_F(MemberTableTest, AgeOfADeathIsDeducted) {
  MemberRecord dead = DeadOf(RecordOf(10));
  dead.age_s = 40;
  table_.Merge(kNow, dead);
  EXPECT_EQ(table_.Find(10)->since, kNow - seconds(40));
  std::uint32_t told = 0;
  table_.ForEachInBucket(kNow + seconds(2), 0, [&](const MemberRecord& r) {
    if (r.key() == 10) told = r.age_s;
  });
  EXPECT_EQ(told, 42u);
}

TEST_F(MemberTableTest, DeadAreEvictedIntoTombstonesThatStillBeatStaleNews) {
  table_.Merge(kNow, DeadOf(FrontendOf(10)));
  EXPECT_EQ(table_.NextEviction(minutes(10), hours(72)), kNow + minutes(10));
  EXPECT_FALSE(table_.Evict(kNow + minutes(9), minutes(10), hours(72)));
  EXPECT_TRUE(table_.Evict(kNow + minutes(10), minutes(10), hours(72)));
  EXPECT_EQ(table_.Find(10), nullptr);
  ASSERT_NE(table_.FindRecord(10), nullptr);
  EXPECT_EQ(table_.healable(), 1u);
  EXPECT_TRUE(table_.Merge(kNow + hours(1), FrontendOf(10)).stale);
  EXPECT_EQ(table_.Find(10), nullptr);
  MemberRecord refuted = FrontendOf(10);
  refuted.incarnation = 1;
  EXPECT_TRUE(table_.Merge(kNow + hours(1), refuted).changed());
  EXPECT_EQ(table_.Find(10)->record.state, MemberState::kAlive);
  EXPECT_EQ(table_.healable(), 0u);
  table_.Merge(kNow + hours(2), DeadOf(refuted));
  table_.Evict(kNow + hours(3), minutes(10), hours(72));
  table_.Evict(kNow + hours(2) + hours(72), minutes(10), hours(72));
  EXPECT_EQ(table_.FindRecord(10), nullptr);
  EXPECT_EQ(table_.NextEviction(minutes(10), hours(72)), kNever);
}

TEST_F(MemberTableTest, WhoIsAwayIsListedForAsLongAsItIs) {
  table_.Merge(kNow, DeadOf(RecordOf(10)));
  EXPECT_EQ(table_.away(), 1u);
  EXPECT_EQ(table_.NextEviction(minutes(10), hours(72)), kNever);
  EXPECT_FALSE(table_.Evict(kNow + hours(1000), minutes(10), hours(72)));
  ASSERT_NE(table_.Find(10), nullptr);
  EXPECT_EQ(table_.healable(), 1u);
  // Removed by the operator, long ago by now.
  MemberRecord removed = DeadOf(RecordOf(10), DeathReason::kOperator);
  removed.age_s = 3600;
  table_.Merge(kNow + hours(1000), removed);
  EXPECT_EQ(table_.away(), 0u);
  EXPECT_EQ(table_.Find(10)->since, kNow) << "that it is dead";
  EXPECT_FALSE(table_.Evict(kNow + hours(1000), minutes(10), hours(72)));
  EXPECT_TRUE(table_.Evict(kNow + hours(1001), minutes(10), hours(72)));
  EXPECT_EQ(table_.Find(10), nullptr);
  EXPECT_EQ(table_.FindGone(kNow + hours(1001), 10)->age_s, 1001u * 3600u);
  table_.Evict(kNow + hours(1071), minutes(10), hours(72));
  EXPECT_NE(table_.FindRecord(10), nullptr) << "known for as long as any other that was removed";
  table_.Evict(kNow + hours(1072), minutes(10), hours(72));
  EXPECT_EQ(table_.FindRecord(10), nullptr);
}

TEST_F(MemberTableTest, ALaterLifeThatIsAwayIsListedAgain) {
  MemberRecord emptied = RecordOf(10);
  emptied.state = MemberState::kLeft;
  emptied.leave_kind = LeaveKind::kEmptied;
  table_.Merge(kNow, emptied);
  table_.Evict(kNow + minutes(10), minutes(10), hours(72));
  EXPECT_EQ(table_.Find(10), nullptr);
  MemberRecord dead = DeadOf(RecordOf(10, 1, 2000));
  dead.age_s = 40;
  const MergeResult result = table_.Merge(kNow + hours(1), dead);
  EXPECT_TRUE(result.new_boot);
  ASSERT_NE(table_.Find(10), nullptr);
  EXPECT_EQ(table_.Find(10)->since, kNow + hours(1) - seconds(40));
  EXPECT_EQ(table_.Find(10)->returned_at, TimePoint::min());
  EXPECT_EQ(table_.away(), 1u);
  EXPECT_EQ(table_.healable(), 1u);
}

TEST_F(MemberTableTest, ThoseWhoAreAwayAreNamedInTurn) {
  EXPECT_TRUE(table_.AwayBehind(kNow, 10, 3).empty());
  for (MemberKey key = 10; key < 15; ++key) {
    table_.Merge(kNow + seconds(20 - key), DeadOf(RecordOf(key)));
  }
  const auto keys = [&](MemberKey after, std::size_t count) {
    std::vector<MemberKey> named;
    for (const MemberRecord& r : table_.AwayBehind(kNow + seconds(30), after, count)) {
      named.push_back(r.key());
    }
    return named;
  };
  using Keys = std::vector<MemberKey>;
  EXPECT_EQ(keys(kNoMember, 2), (Keys{14, 13}));
  EXPECT_EQ(keys(13, 2), (Keys{12, 11}));
  EXPECT_EQ(keys(11, 3), (Keys{10, 14, 13}));
  EXPECT_EQ(keys(99, 9), (Keys{14, 13, 12, 11, 10})) << "each once";
  EXPECT_EQ(table_.AwayBehind(kNow + seconds(30), kNoMember, 1)[0].age_s, 24u);
}

// Controllers keep the dead for a day: under churn there are more of them than of the living.
TEST_F(MemberTableTest, AFullTableGivesUpTheOldestDeadForANewcomer) {
  constexpr std::uint64_t kFirst = 1'000;
  const auto record = [](std::uint64_t i) {
    MemberRecord r = RecordOf(kFirst + i);
    r.endpoint = Endpoint::V4({10, static_cast<std::uint8_t>(i >> 16),
                               static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)},
                              8000);
    return r;
  };
  for (std::uint64_t i = 1; i < kMaxMembers; ++i) table_.Merge(kNow, record(i));
  ASSERT_EQ(table_.size(), kMaxMembers);
  EXPECT_TRUE(table_.Merge(kNow, record(kMaxMembers)).refused) << "all of them live";
  MemberRecord frontend = record(7);
  frontend.roles = kRoleFrontend;
  frontend.meta_version = 1000;
  table_.Merge(kNow + seconds(2), frontend);
  table_.Merge(kNow + seconds(1), DeadOf(record(8)));
  table_.Merge(kNow + seconds(2), DeadOf(frontend));
  const MergeResult result = table_.Merge(kNow + seconds(3), record(kMaxMembers));
  EXPECT_TRUE(result.added);
  EXPECT_FALSE(result.refused);
  EXPECT_EQ(table_.size(), kMaxMembers);
  EXPECT_EQ(table_.Find(kFirst + 7), nullptr) << "it is not away";
  ASSERT_NE(table_.FindRecord(kFirst + 7), nullptr) << "its tombstone stays";
  EXPECT_EQ(table_.FindRecord(kFirst + 7)->state, MemberState::kDead);
  EXPECT_NE(table_.Find(kFirst + 8), nullptr);
  EXPECT_EQ(table_.healable(), 2u) << "both are still asked whether they are back";
  EXPECT_EQ(table_.view_hash(), HashOfAll());
}

TEST_F(MemberTableTest, LeftAndFinalDeadAreNotHealed) {
  table_.Merge(kNow, DeadOf(RecordOf(10), DeathReason::kOperator));
  MemberRecord left = RecordOf(11);
  left.state = MemberState::kLeft;
  table_.Merge(kNow, left);
  EXPECT_EQ(table_.healable(), 0u);
  table_.Merge(kNow, DeadOf(RecordOf(12)));
  EXPECT_EQ(table_.healable(), 1u);
  EXPECT_EQ(table_.RandomHealable(rng_), 12u);
}

TEST_F(MemberTableTest, SamplesAreExactAndWithoutReplacement) {
  for (MemberKey key = 10; key < 40; ++key) table_.Merge(kNow, RecordOf(key));
  const auto anybody = [](const Member&) { return true; };
  for (const auto count : std::initializer_list<std::size_t>{0, 1, 3, 5, 29, 30, 31, 1000}) {
    const auto sample = table_.SampleLive(rng_, count, anybody);
    EXPECT_EQ(sample.size(), std::min<std::size_t>(count, 30));
    EXPECT_EQ(std::set<MemberKey>(sample.begin(), sample.end()).size(), sample.size());
    EXPECT_EQ(std::count(sample.begin(), sample.end(), kSelf), 0);
  }
  const auto one = [](const Member& e) { return e.record.key() == 17; };
  EXPECT_EQ(table_.SampleLive(rng_, 3, one), std::vector<MemberKey>{17});
}

TEST_F(MemberTableTest, SlotsOfTheForgottenAreUsedAgain) {
  for (int round = 0; round < 5; ++round) {
    const TimePoint at = kNow + hours(round);
    for (MemberKey key = 10; key < 20; ++key) {
      table_.Merge(at, FrontendOf(key + 100 * static_cast<MemberKey>(round)));
      table_.Merge(at, DeadOf(FrontendOf(key + 100 * static_cast<MemberKey>(round))));
    }
    table_.Evict(at + minutes(10), minutes(10), minutes(30));
  }
  EXPECT_LE(table_.slots(), 11u);
}

}  // namespace
}  // namespace vf
