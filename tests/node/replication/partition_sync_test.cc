#include "node/replication/partition_sync.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/hash64.h"
#include "base/rng.h"
#include "node/placement/partition.h"
#include "node/replication/pass_time.h"
#include "node/replication/sync_answers.h"
#include "node/store/memory_engine.h"

namespace vf {
namespace {

using State = PartitionSync::State;

constexpr int kDigits = 1;
constexpr Partition kPartition = 3;

// Keys of the partition, each the next one.
std::string NextKey(int& counter) {
  for (;;) {
    std::string key = "k" + std::to_string(counter++);
    if (PartitionOf(HashKey(key), kDigits) == kPartition) return key;
  }
}

struct Fixture {
  explicit Fixture(SyncLimits sizes = {}, std::uint64_t memory_there = UINT64_MAX,
                   std::uint64_t memory_here = UINT64_MAX)
      : limits(sizes),
        here({.partition_count = 16, .max_memory_bytes = memory_here}),
        there({.partition_count = 16, .max_memory_bytes = memory_there}),
        answers(sizes, kDigits, there) {}

  static void Put(Store& store, const std::string& key, std::uint64_t version,
                  const std::string& value = "v", bool tombstone = false) {
    store.Put(kPartition, RecordRef::Make({.key = key,
                                           .value = tombstone ? "" : value,
                                           .version = {version},
                                           .tombstone = tombstone}));
  }
  SyncReply Answer(const SyncRequest& request) {
    return std::visit([this](const auto& asked) -> SyncReply { return answers.On(asked); },
                      request);
  }
  // Until it is over, or `most` messages have gone.
  State Run(PartitionSync& sync, int most = 100'000) {
    for (; messages < most && sync.state() == State::kAsking; ++messages) {
      sync.OnReply(Answer(sync.TakeRequest()));
    }
    return sync.state();
  }
  State Pass(PartitionSync::Direction direction = PartitionSync::Direction::kBoth) {
    messages = 0;
    PartitionSync sync(limits, kDigits, here, kPartition, direction);
    const State state = Run(sync);
    fetched = sync.fetched();
    given = sync.given();
    return state;
  }
  bool Equal() const {
    const auto records = [](const Store& store) {
      return store.Scan(kPartition, 0, SIZE_MAX).records;
    };
    const auto a = records(here), b = records(there);
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const RecordRef& x, const RecordRef& y) { return x.view() == y.view(); });
  }

  SyncLimits limits;
  MemoryEngine here;
  MemoryEngine there;
  SyncAnswers answers;
  int messages = 0;
  std::uint64_t fetched = 0;
  std::uint64_t given = 0;
};

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
  for (int i = 0; i < 20'000; ++i) {
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
  EXPECT_LT(std::get<VersionsReply>(versions).versions.size(), 200u);
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

// --- Tombstones ---

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
