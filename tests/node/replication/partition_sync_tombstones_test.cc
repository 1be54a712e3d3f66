// Which tombstones a pass tells of, and by whose clock they are forgotten.
#include <gtest/gtest.h>

#include "base/rng.h"
#include "node/replication/pass_time.h"
#include "tests/node/replication/partition_sync_fixture.h"

namespace vf {
namespace {

using Fixture = PartitionSyncFixture;
using State = PartitionSync::State;

constexpr std::uint64_t kAgeMs = 3'600'000;
constexpr std::uint64_t kDeletedMs = 1'800'000'000'000;
constexpr WallTime kForgotten{kDeletedMs + kAgeMs};
constexpr WallTime kRemembered{kDeletedMs + kAgeMs - 1};

void PutAt(Store& store, const std::string& key, std::uint64_t ms, bool tombstone) {
  Fixture::Put(store, key, ms << 16, "v", tombstone);
}

TEST(PartitionSyncTest, ForgottenTombstonesAreNoDifference) {
  Fixture f;
  int counter = 0;
  PutAt(f.here, NextKey(counter), kDeletedMs, /*tombstone=*/true);
  f.here.Forget(kForgotten);
  f.there.Forget(kForgotten);
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_EQ(f.messages, 1);
  EXPECT_EQ(f.there.RecordCount(kPartition), 0u);
}

// Whichever side it is on, and whoever asks.
TEST(PartitionSyncTest, WhatCountsByTheEarlierClockIsCopied) {
  for (const bool held_here : {true, false}) {
    for (const bool earlier_here : {true, false}) {
      for (const std::uint64_t ahead_ms : {kAgeMs / 8, kAgeMs, 24 * kAgeMs}) {
        Fixture f;
        int counter = 0;
        const std::string shared = NextKey(counter);
        PutAt(f.here, shared, kDeletedMs, /*tombstone=*/false);
        PutAt(f.there, shared, kDeletedMs, /*tombstone=*/false);
        Store& holder = held_here ? f.here : f.there;
        Store& other = held_here ? f.there : f.here;
        PutAt(holder, NextKey(counter), kDeletedMs, /*tombstone=*/true);
        // What a process gives to Forget() is behind its clock (pass_time.h).
        const WallTime earlier = PassTime(f.here, kRemembered);
        const WallTime later{earlier.ms + ahead_ms};
        f.here.Forget(earlier_here ? earlier : later);
        f.there.Forget(earlier_here ? later : earlier);
        EXPECT_EQ(f.Pass(), State::kComplete);
        EXPECT_EQ(other.RecordCount(kPartition), 2u) << held_here << earlier_here << ahead_ms;
        EXPECT_EQ(f.Pass(), State::kComplete);
        EXPECT_EQ(f.messages, 1) << "equal now";
        f.here.Forget(kForgotten);
        f.there.Forget({kForgotten.ms + ahead_ms});
        PutAt(holder, NextKey(counter), kDeletedMs, /*tombstone=*/true);
        EXPECT_EQ(f.Pass(), State::kComplete);
        EXPECT_EQ(other.RecordCount(kPartition), 2u) << "forgotten by both clocks";
      }
    }
  }
}

TEST(PartitionSyncTest, ClocksThatDifferLittleCostEqualCopiesNoSecondMessage) {
  Fixture f;
  int counter = 0;
  // Forgotten by the clock of one side, if it named that.
  PutAt(f.here, NextKey(counter), kDeletedMs, /*tombstone=*/true);
  const auto slack_ms = static_cast<std::uint64_t>(ToMilliseconds(PassTimeSlack(f.here)));
  f.here.Forget(kForgotten);
  f.there.Forget({kForgotten.ms - slack_ms});
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_EQ(f.messages, 1);
  EXPECT_EQ(f.there.RecordCount(kPartition), 0u);
  f.there.Forget({kForgotten.ms - slack_ms - 1});
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_EQ(f.there.RecordCount(kPartition), 1u) << "it counts by the clock there";
}

TEST(PartitionSyncTest, AnAnswerThatNamesALaterTimeEndsThePass) {
  Fixture f;
  f.here.Forget(kForgotten);
  PartitionSync pass(SyncLimits(), 1, f.here, kPartition);
  pass.TakeRequest();
  CompareReply reply;
  reply.equal = true;
  reply.wall = {kForgotten.ms + 1};
  pass.OnReply(reply);
  EXPECT_EQ(pass.state(), State::kFailed);
}

// In a bucket that the other side has nothing in, in one of both, and of any batch size.
TEST(PartitionSyncTest, AForgottenTombstoneAnswersOlderRecords) {
  for (const auto direction :
       {PartitionSync::Direction::kBoth, PartitionSync::Direction::kFetchOnly,
        PartitionSync::Direction::kGiveOnly}) {
    for (const bool deleted_here : {true, false}) {
      if (!deleted_here && direction == PartitionSync::Direction::kFetchOnly) continue;
      for (const std::size_t shared : {0u, 2'000u}) {
        SyncLimits limits;
        limits.batch_records = 3;
        Fixture f(limits);
        int counter = 0;
        for (std::size_t i = 0; i < shared; ++i) {
          const std::string key = NextKey(counter);
          PutAt(f.here, key, kDeletedMs, /*tombstone=*/false);
          PutAt(f.there, key, kDeletedMs, /*tombstone=*/false);
        }
        std::vector<std::string> deleted;
        for (int i = 0; i < 40; ++i) deleted.push_back(NextKey(counter));
        for (const std::string& key : deleted) {
          PutAt(deleted_here ? f.here : f.there, key, kDeletedMs, /*tombstone=*/true);
          PutAt(deleted_here ? f.there : f.here, key, kDeletedMs - 1, /*tombstone=*/false);
        }
        f.here.Forget(kForgotten);
        f.there.Forget(kForgotten);
        EXPECT_EQ(f.Pass(direction), State::kComplete);
        for (const std::string& key : deleted) {
          EXPECT_TRUE(f.here.Get(kPartition, key).view().tombstone);
          EXPECT_TRUE(f.there.Get(kPartition, key).view().tombstone);
        }
        EXPECT_EQ(f.Pass(direction), State::kComplete);
        EXPECT_EQ(f.messages, 1) << "equal now";
      }
    }
  }
}

// Any content, clocks and batches: what either reads as absent because of a tombstone it holds is
// absent on both, and nothing else changes.
TEST(PartitionSyncTest, RandomPassesNeverReviveWhatSomebodyKnowsToBeDeleted) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Rng rng(seed);
    SyncLimits limits;
    limits.batch_records = 1 + rng.Uniform(8);
    Fixture f(limits);
    int counter = 0;
    std::vector<std::string> keys;
    std::map<std::string, RecordRef> greatest;
    for (int i = 0; i < 60; ++i) keys.push_back(NextKey(counter));
    for (int i = 0; i < 150; ++i) {
      Store& store = rng.Chance(1, 2) ? static_cast<Store&>(f.here) : f.there;
      const std::string& key = keys[rng.Uniform(keys.size())];
      PutAt(store, key, kDeletedMs + rng.Uniform(30), rng.Chance(1, 2));
    }
    for (const std::string& key : keys) {
      for (const Store* store :
           {static_cast<const Store*>(&f.here), static_cast<const Store*>(&f.there)}) {
        const RecordRef record = store->Get(kPartition, key);
        RecordRef& best = greatest[key];
        if (record && (!best || CompareRecords(best.view(), record.view()) < 0)) best = record;
      }
    }
    f.here.Forget({kForgotten.ms + rng.Uniform(40)});
    f.there.Forget({kForgotten.ms + rng.Uniform(40)});
    const WallTime wall = f.here.wall();  // The other clock is not so far behind it.
    ASSERT_EQ(f.Pass(), State::kComplete) << seed;
    for (const auto& [key, best] : greatest) {
      if (!best) continue;
      const RecordRef here = f.here.Get(kPartition, key);
      const RecordRef there = f.there.Get(kPartition, key);
      if (f.here.IsForgotten(best.view(), wall)) {
        ASSERT_TRUE(!here || here.view().tombstone) << seed;
        ASSERT_TRUE(!there || there.view().tombstone) << seed;
      } else {
        ASSERT_TRUE(here && there) << seed;
        ASSERT_EQ(here.view(), best.view()) << seed;
        ASSERT_EQ(there.view(), best.view()) << seed;
      }
    }
    ASSERT_EQ(f.here.Digest(kPartition, wall), f.there.Digest(kPartition, wall)) << seed;
  }
}

}  // namespace
}  // namespace vf
