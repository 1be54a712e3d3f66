#include "node/replication/partition_sync.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash64.h"
#include "base/rng.h"
#include "tests/node/replication/partition_sync_fixture.h"

namespace vf {
namespace {

using Fixture = PartitionSyncFixture;
using State = PartitionSync::State;

TEST(PartitionSyncTest, EqualCopiesCostOneMessage) {
  Fixture f;
  int counter = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = NextKey(counter);
    f.Put(f.here, key, 5);
    f.Put(f.there, key, 5);
  }
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_EQ(f.messages, 1);
}

TEST(PartitionSyncTest, OnlyDifferencesTravelBothWays) {
  Fixture f;
  int counter = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = NextKey(counter);
    f.Put(f.here, key, 5);
    f.Put(f.there, key, i == 7 ? 6 : i == 8 ? 4 : 5);
  }
  f.Put(f.here, NextKey(counter), 1);
  f.Put(f.there, NextKey(counter), 1, "", /*tombstone=*/true);
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_TRUE(f.Equal());
  EXPECT_EQ(f.fetched, 2u);
  EXPECT_EQ(f.given, 2u);
  EXPECT_EQ(f.here.Digest(kPartition), f.there.Digest(kPartition));
}

// Else each process that doubts its copies, as after a pause, fills its fallbacks with all it
// holds.
TEST(PartitionSyncTest, AFallbackIsAskedForWhatItHoldsAndGivenNothing) {
  Fixture f;
  int counter = 0;
  for (int i = 0; i < 1000; ++i) {
    f.Put(f.here, NextKey(counter), 5);
    if (i % 10 == 0) f.Put(f.there, NextKey(counter), 6);
    if (i % 10 == 1) {
      const std::string key = NextKey(counter);
      f.Put(f.here, key, 7);
      f.Put(f.there, key, i % 20 == 1 ? 6 : 8);
    }
  }
  const std::size_t held = f.there.Scan(kPartition, 0, SIZE_MAX).records.size();
  EXPECT_EQ(f.Pass(PartitionSync::Direction::kFetchOnly), State::kComplete);
  EXPECT_EQ(f.fetched, 150U);
  EXPECT_EQ(f.given, 0U);
  EXPECT_EQ(f.there.Scan(kPartition, 0, SIZE_MAX).records.size(), held);
}

TEST(PartitionSyncTest, EqualVersionsWithDifferentRecordsMeet) {
  Fixture f;
  int counter = 0;
  const std::string a = NextKey(counter), b = NextKey(counter);
  f.Put(f.here, a, 5, "x");
  f.Put(f.there, a, 5, "y");
  f.Put(f.here, b, 5, "", /*tombstone=*/true);
  f.Put(f.there, b, 5, "y");
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_TRUE(f.Equal());
  EXPECT_EQ(f.here.Get(kPartition, a).view().value, "y");
  EXPECT_TRUE(f.here.Get(kPartition, b).view().tombstone);
}

TEST(PartitionSyncTest, MessagesAreBoundedAndTheirNumberGrowsWithTheDifferences) {
  SyncLimits limits;
  limits.batch_records = 5;
  limits.batch_bytes = 100;
  Fixture f(limits);
  int counter = 0;
  for (int i = 0; i < 2000; ++i) f.Put(f.there, NextKey(counter), 5, std::string(40, 'v'));
  for (int i = 0; i < 2000; ++i) f.Put(f.here, NextKey(counter), 5, std::string(40, 'v'));
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_TRUE(f.Equal());
  EXPECT_GT(f.messages, 800);
}

TEST(PartitionSyncTest, ABrokenPassFindsLessToDoTheNextTime) {
  SyncLimits limits;
  limits.batch_records = 5;
  Fixture f(limits);
  int counter = 0;
  for (int i = 0; i < 1000; ++i) f.Put(f.there, NextKey(counter), 5);
  PartitionSync broken(limits, kDigits, f.here, kPartition);
  f.Run(broken, 200);
  EXPECT_EQ(broken.state(), State::kAsking);
  EXPECT_GT(broken.fetched(), 100u);
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_EQ(f.fetched, 1000 - broken.fetched());
  EXPECT_TRUE(f.Equal());
}

TEST(PartitionSyncTest, AnAnswerTellsWhatItHasBrought) {
  SyncLimits limits;
  limits.batch_records = 10;
  Fixture f(limits);
  int counter = 0;
  for (int i = 0; i < 25; ++i) f.Put(f.there, NextKey(counter), 5, "four");
  PartitionSync sync(f.limits, kDigits, f.here, kPartition);
  EXPECT_TRUE(sync.compares());
  EXPECT_EQ(sync.OnReply(f.Answer(sync.TakeRequest())).records, 0u);
  EXPECT_FALSE(sync.compares());
  std::uint64_t records = 0, bytes = 0;
  while (sync.state() == State::kAsking) {
    const PartitionSync::Brought brought = sync.OnReply(f.Answer(sync.TakeRequest()));
    EXPECT_LE(brought.records, 10u);
    records += brought.records;
    bytes += brought.bytes;
  }
  EXPECT_EQ(records, 25u);
  EXPECT_EQ(sync.fetched(), 25u);
  std::uint64_t held = 0;
  for (const RecordRef& record : f.here.Scan(kPartition, 0, SIZE_MAX).records) {
    held += record.key().size() + 4;
  }
  EXPECT_EQ(bytes, held);
  EXPECT_EQ(sync.OnReply(CompareReply()).records, 0u) << "it is over";
}

TEST(PartitionSyncTest, WhatOnlyOneSideHasGoesWithoutLists) {
  Fixture f;
  const int records = static_cast<int>(f.limits.batch_records);  // so many go with one message
  int counter = 0;
  for (int i = 0; i < records; ++i) f.Put(f.there, NextKey(counter), 5, "v", i % 10 == 0);
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_TRUE(f.Equal());
  EXPECT_EQ(f.fetched, f.limits.batch_records);
  EXPECT_EQ(f.messages, 2) << "compared, pulled";
  Fixture g;
  for (int i = 0; i < records; ++i) g.Put(g.here, NextKey(counter), 5, "v", i % 10 == 0);
  EXPECT_EQ(g.Pass(), State::kComplete);
  EXPECT_TRUE(g.Equal());
  EXPECT_EQ(g.given, g.limits.batch_records);
  EXPECT_EQ(g.messages, 2) << "compared, given";
}

TEST(PartitionSyncTest, OneWayThePeerGetsWhatItLacksAndNothingComesHere) {
  Fixture f;
  int counter = 0;
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) keys.push_back(NextKey(counter));
  // A third each: newer here, newer there, only on one side.
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i % 4 != 3) f.Put(f.here, keys[i], i % 3 == 0 ? 2 : 1);
    if (i % 4 != 2) f.Put(f.there, keys[i], i % 3 == 1 ? 2 : 1);
  }
  const std::uint64_t before = f.here.Digest(kPartition);
  PartitionSync sync(f.limits, kDigits, f.here, kPartition, PartitionSync::Direction::kGiveOnly);
  EXPECT_EQ(f.Run(sync), State::kComplete);
  EXPECT_EQ(f.here.Digest(kPartition), before);
  EXPECT_EQ(sync.fetched(), 0u);
  for (const RecordRef& record : f.here.Scan(kPartition, 0, SIZE_MAX).records) {
    const RecordRef theirs = f.there.Get(kPartition, record.key());
    ASSERT_TRUE(theirs);
    EXPECT_GE(theirs.version().value, record.version().value);
  }
}

TEST(PartitionSyncTest, OnlyBucketsThatDifferAreListed) {
  Fixture f;
  int counter = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string key = NextKey(counter);
    f.Put(f.here, key, 5);
    f.Put(f.there, key, i == 7 ? 6 : 5);
  }
  PartitionSync sync(f.limits, kDigits, f.here, kPartition);
  sync.OnReply(f.Answer(sync.TakeRequest()));
  EXPECT_EQ(sync.differing(), 1u);
  const SyncRequest listed = sync.TakeRequest();
  EXPECT_EQ(std::get<VersionsRequest>(listed).buckets.count(), 1u);
  const SyncReply versions = f.Answer(listed);
  EXPECT_TRUE(std::get<VersionsReply>(versions).last) << "one bucket is one page";
  sync.OnReply(versions);
  EXPECT_EQ(f.Run(sync), State::kComplete);
  EXPECT_EQ(f.messages, 1) << "fetched";
}

TEST(PartitionSyncTest, LargeRecordsTravelAlone) {
  Fixture f;
  int counter = 0;
  for (int i = 0; i < 5; ++i) {
    f.Put(f.there, NextKey(counter), 5, std::string(f.limits.batch_bytes, 'v'));
    f.Put(f.here, NextKey(counter), 5, std::string(f.limits.batch_bytes, 'v'));
  }
  EXPECT_EQ(f.Pass(), State::kComplete);
  EXPECT_TRUE(f.Equal());
  EXPECT_EQ(f.messages, 11) << "compared, and one message each";
}

TEST(PartitionSyncTest, WithoutRoomHereItFails) {
  Fixture f({}, UINT64_MAX, /*memory_here=*/8'000);
  int counter = 0;
  f.Put(f.there, NextKey(counter), 5, std::string(100'000, 'v'));
  EXPECT_EQ(f.Pass(), State::kFailed);
}

// What the peer holds has come all the same.
TEST(PartitionSyncTest, WithoutRoomThereItBringsWhatThePeerHas) {
  Fixture f({}, /*memory_there=*/16'000);
  int counter = 0;
  std::vector<std::string> here, there;
  for (int i = 0; i < 300; ++i) {
    here.push_back(NextKey(counter));
    f.Put(f.here, here.back(), 5, std::string(1'000, 'v'));
  }
  for (int i = 0; i < 3; ++i) {
    there.push_back(NextKey(counter));
    f.Put(f.there, there.back(), 5);
  }
  PartitionSync sync(f.limits, kDigits, f.here, kPartition);
  EXPECT_EQ(f.Run(sync), State::kComplete);
  EXPECT_TRUE(sync.peer_is_full());
  EXPECT_LT(f.messages, 10) << "it is not asked again and again";
  for (const std::string& key : there) EXPECT_TRUE(f.here.Get(kPartition, key));
}

TEST(PartitionSyncTest, AnswersThatDoNotFitEndIt) {
  Fixture f;
  PartitionSync other(f.limits, kDigits, f.here, kPartition);
  other.OnReply(GiveReply());
  EXPECT_EQ(other.state(), State::kFailed) << "another question";
  PartitionSync refused(f.limits, kDigits, f.here, kPartition);
  CompareReply reply;
  reply.outcome = SyncOutcome::kOtherList;
  refused.OnReply(reply);
  EXPECT_EQ(refused.state(), State::kFailed);
  reply = {};
  reply.buckets.fill(1);
  PartitionSync pulling(f.limits, kDigits, f.here, kPartition);
  pulling.OnReply(reply);
  ASSERT_TRUE(std::holds_alternative<PullRequest>(pulling.TakeRequest()));
  pulling.OnReply(PullReply());  // A page that ends where it began.
  EXPECT_EQ(pulling.state(), State::kFailed);
  int counter = 0;
  const std::string key = NextKey(counter);
  f.Put(f.here, key, 5);
  reply = {};
  reply.buckets[BucketOf(Hash64(AsBytes(key)))] = 1;
  PartitionSync listing(f.limits, kDigits, f.here, kPartition);
  listing.OnReply(reply);
  ASSERT_TRUE(std::holds_alternative<VersionsRequest>(listing.TakeRequest()));
  listing.OnReply(VersionsReply());
  EXPECT_EQ(listing.state(), State::kFailed);
}

// Whatever is written on either side while the pass runs: all that either held at its start is on
// both in the end, and a pass without writes makes them equal.
TEST(PartitionSyncTest, RandomPassesUnderWrites) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Rng rng(seed);
    SyncLimits limits;
    limits.batch_records = 1 + rng.Uniform(20);
    limits.batch_bytes = 1 + rng.Uniform(500);
    Fixture f(limits);
    int counter = 0;
    std::vector<std::string> keys;
    for (int i = 0; i < 150; ++i) keys.push_back(NextKey(counter));
    const auto write = [&] {
      Store& store = rng.Chance(1, 2) ? static_cast<Store&>(f.here) : f.there;
      f.Put(store, keys[rng.Uniform(keys.size())], rng.Uniform(20),
            std::string(rng.Uniform(30), 'v'), rng.Chance(1, 4));
    };
    for (int i = 0; i < 200; ++i) write();
    std::vector<RecordRef> held;
    for (const Store* store :
         {static_cast<const Store*>(&f.here), static_cast<const Store*>(&f.there)}) {
      const StorePage page = store->Scan(kPartition, 0, SIZE_MAX);
      held.insert(held.end(), page.records.begin(), page.records.end());
    }
    PartitionSync sync(limits, kDigits, f.here, kPartition);
    for (int i = 0; i < 100'000 && sync.state() == State::kAsking; ++i) {
      const SyncReply reply = f.Answer(sync.TakeRequest());
      if (i < 200 && rng.Chance(1, 3)) write();
      sync.OnReply(reply);
    }
    ASSERT_EQ(sync.state(), State::kComplete) << seed;
    for (const RecordRef& record : held) {
      for (const Store* store :
           {static_cast<const Store*>(&f.here), static_cast<const Store*>(&f.there)}) {
        const RecordRef now = store->Get(kPartition, record.key());
        ASSERT_TRUE(now) << seed;
        ASSERT_TRUE(CompareRecords(now.view(), record.view()) >= 0) << seed;
      }
    }
    ASSERT_EQ(f.Pass(), State::kComplete);
    ASSERT_TRUE(f.Equal()) << seed;
  }
}

}  // namespace
}  // namespace vf
